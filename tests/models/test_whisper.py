from __future__ import annotations

import threading
import wave
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from models import whisper
from models.audio import RATE
from models.chunks import Chunk, Span, Track, split_speech
from models.decoder import Decoded, DecodeOptions, Piece
from models.quarantine import Decoding
from models.whisper import WhisperTranscriber, batch_size, mark_echoes
from pipeline.domain import Recording, Word
from pipeline.errors import BadUsage, IcpError, NoSpeech, WeightsError
from pipeline.ports import Stretch

AUDIO = Path(__file__).parents[1] / "data" / "audio"
SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def loud_spans(track: Track) -> list[Span]:
    """Stands in for the voice detector: every whole second with sound."""
    seconds = [np.abs(track[a : a + RATE]).max() > 0.01 for a in range(0, len(track), RATE)]
    return [(i * RATE, min((i + 1) * RATE, len(track))) for i, loud in enumerate(seconds) if loud]


class FakeDecoder:
    """Says one word a chunk: how many seconds of speech the chunk has."""

    says = "word{n}"
    fails_at: float | None = None
    biased = ""

    def __init__(
        self, model: object, language: str, options: DecodeOptions, *, task: str = "transcribe"
    ) -> None:
        self.threads: set[int] = set()
        self.task = task

    def encode(self, chunks: Sequence[Chunk]) -> list[object]:
        return [object() for _ in chunks]

    def decode(self, chunks: Sequence[Chunk], encoded: Sequence[object]) -> list[Decoded]:
        self.threads.add(threading.get_ident())
        if self.fails_at is not None and any(c.start >= self.fails_at for c in chunks):
            raise RuntimeError("out of memory")
        return [self._say(chunk) for chunk in chunks]

    def read_with_names(
        self, encoded: Sequence[object], names: Sequence[str]
    ) -> list[tuple[str, float]]:
        return [(self.biased, 0.9) for _ in encoded]

    def read(
        self, chunks: Sequence[Chunk], encoded: Sequence[object], *, names: Sequence[str] = ()
    ) -> list[tuple[list[Piece], Decoding]]:
        if self.fails_at is not None:
            raise RuntimeError("out of memory")
        said = " ".join(names) or f"to {self.task}"
        return [
            ([Piece(f"{said} {round(c.start)}", 0.0, c.seconds, 1.0)],
             Decoding(c.seconds, -0.1, 0.0))
            for c in chunks
        ]  # fmt: skip

    def _say(self, chunk: Chunk) -> Decoded:
        texts = self.says.format(n=round(chunk.seconds)).split()
        words = [
            Word(text, chunk.start + i * 0.3, chunk.start + i * 0.3 + 0.2, 0.5, chunk.track)
            for i, text in enumerate(texts)
        ]
        return Decoded(tuple(words), Decoding(chunk.seconds, -0.1, 0.0))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeDecoder]:
    """A transcriber whose engine, decoder and voice detector are stand-ins."""
    model = SimpleNamespace(supported_languages=["en", "de"])
    decoder = type("Decoder", (FakeDecoder,), {})
    monkeypatch.setattr(whisper, "_open_engine", lambda folder, device: whisper._Engine(model, 2))
    monkeypatch.setattr(whisper, "find_whisper", lambda *a, **o: (Path("w"), "whisper-x@123456"))
    monkeypatch.setattr(whisper, "Decoder", decoder)
    monkeypatch.setattr(whisper, "split_speech", partial(split_speech, speech=loud_spans))
    monkeypatch.setattr(whisper, "_detect_language", lambda model, batch: "de")
    return decoder


def write(path: Path, *channels: Sequence[float], seconds: int) -> Recording:
    """A wav whose channels sound in the given seconds (each its own pitch)."""
    t = np.arange(seconds * RATE) / RATE
    rows = []
    for pitch, loud in enumerate(channels, 1):
        on = np.isin(t.astype(int), list(loud)) & (t % 0.5 < 0.4)
        rows.append(0.3 * np.sin(2 * np.pi * 150 * pitch * t) * on)
    with wave.open(str(path), "wb") as file:
        file.setparams((len(rows), 2, RATE, 0, "NONE", ""))
        file.writeframes((np.stack(rows, axis=1) * 32767).astype("<i2").tobytes())
    return Recording(path, "c-1", language="en")


def transcriber(tmp_path: Path, **options: object) -> WhisperTranscriber:
    return WhisperTranscriber("x", data_dir=tmp_path, **options)


def test_all_chunks_come_back_in_order_with_progress(
    fake: type[FakeDecoder], tmp_path: Path
) -> None:
    recording = write(tmp_path / "a.wav", range(0, 200, 2), seconds=200)
    steps: list[tuple[str, float, float]] = []
    options = DecodeOptions(batch_size=1)
    found = transcriber(tmp_path, options=options).transcribe(
        recording, progress=lambda *step: steps.append(step)
    )
    assert [w.text for w in found.words] == ["word30", "word30", "word30", "word10"]
    assert [w.start for w in found.words] == [0.0, 60.0, 120.0, 180.0]
    assert found.duration == 200
    done = [done for stage, done, _ in steps if stage == "transcribe"]
    assert done == sorted(done)
    assert done[-1] == 200


def test_each_channel_is_recognised_on_its_own(fake: type[FakeDecoder], tmp_path: Path) -> None:
    recording = write(tmp_path / "a.wav", [0, 1, 2], [5, 6], seconds=9)
    found = transcriber(tmp_path).transcribe(recording)
    assert found.channels == 2
    assert [(w.text, w.channel) for w in found.words] == [("word3", 0), ("word2", 1)]


def test_the_language_is_found_unless_it_is_given(fake: type[FakeDecoder], tmp_path: Path) -> None:
    recording = write(tmp_path / "a.wav", [0, 1], seconds=3)
    one = transcriber(tmp_path)
    assert one.transcribe(recording).language == "en"
    assert one.transcribe(replace(recording, language=None)).language == "de"
    with pytest.raises(BadUsage, match="'xx'"):
        one.transcribe(replace(recording, language="xx"))


def test_names_are_repaired_by_hints(fake: type[FakeDecoder], tmp_path: Path) -> None:
    fake.says, fake.biased = "we use Marqueto daily", "we use Marketo daily"
    recording = write(tmp_path / "a.wav", [0, 1], seconds=3)
    one = transcriber(tmp_path)
    assert [w.text for w in one.transcribe(recording).words][2] == "Marqueto"
    hinted = one.transcribe(recording, hints=["Marketo", "Gong"])
    assert [w.text for w in hinted.words] == ["we", "use", "Marketo", "daily"]


def test_what_is_no_speech_is_marked_not_dropped(fake: type[FakeDecoder], tmp_path: Path) -> None:
    fake.says = "Thanks for watching."
    found = transcriber(tmp_path).transcribe(write(tmp_path / "a.wav", [0, 1], seconds=3))
    assert [w.quarantine for w in found.words] == ["no_speech"] * 3


def test_nobody_speaking_is_an_error_that_names_the_file(
    fake: type[FakeDecoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper, "split_speech", partial(split_speech, speech=lambda track: []))
    recording = write(tmp_path / "a.wav", [0, 1], seconds=3)
    with pytest.raises(NoSpeech, match=r"a\.wav"):
        transcriber(tmp_path).transcribe(recording)


def test_a_failing_engine_is_told_and_ends_the_rest(
    fake: type[FakeDecoder], tmp_path: Path
) -> None:
    fake.fails_at = 60.0
    recording = write(tmp_path / "a.wav", range(0, 200, 2), seconds=200)
    with pytest.raises(WeightsError, match="out of memory"):
        transcriber(tmp_path, options=DecodeOptions(batch_size=1)).transcribe(recording)


def test_a_listener_can_stop_the_work(fake: type[FakeDecoder], tmp_path: Path) -> None:
    def stop(stage: str, done: float, total: float) -> None:
        if stage == "transcribe":
            raise IcpError("enough")

    recording = write(tmp_path / "a.wav", range(0, 200, 2), seconds=200)
    with pytest.raises(IcpError, match="enough"):
        transcriber(tmp_path).transcribe(recording, progress=stop)


def test_stretches_are_translated_in_the_order_in_which_they_were_asked(
    fake: type[FakeDecoder], tmp_path: Path
) -> None:
    recording = write(tmp_path / "a.wav", range(0, 40, 2), seconds=40)
    stretches = [Stretch(30, 34), Stretch(2, 5, names=("Acme",)), Stretch(90, 95), Stretch(10, 13)]
    steps: list[tuple[str, float, float]] = []
    found = transcriber(tmp_path).translate(
        recording, "de", stretches, progress=lambda *step: steps.append(step)
    )
    texts = [" ".join(piece.text for piece in pieces) for pieces in found]
    assert texts == ["to translate 30", "Acme 2", "", "to translate 10"]
    assert (round(found[0][0].start), round(found[0][0].end)) == (30, 34)
    assert steps[-1] == ("translate", 4, 4)


def test_a_language_that_the_model_does_not_know_is_not_translated(
    fake: type[FakeDecoder], tmp_path: Path
) -> None:
    recording = write(tmp_path / "a.wav", [0, 1], seconds=3)
    with pytest.raises(BadUsage, match="'x' does not know the language 'fr'"):
        transcriber(tmp_path).translate(recording, "fr", [Stretch(0, 2)])


def test_a_translation_that_fails_is_told(fake: type[FakeDecoder], tmp_path: Path) -> None:
    fake.fails_at = 0.0
    recording = write(tmp_path / "a.wav", [0, 1], seconds=3)
    with pytest.raises(WeightsError, match="translation failed: out of memory"):
        transcriber(tmp_path).translate(recording, "de", [Stretch(0, 2)])


def test_weights_are_loaded_once_and_named(
    fake: type[FakeDecoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Path] = []

    def load(folder: Path, device: object) -> whisper._Engine:
        loads.append(folder)
        return whisper._Engine(SimpleNamespace(supported_languages=["en"]), 1)

    monkeypatch.setattr(whisper, "_open_engine", load)
    recording = write(tmp_path / "a.wav", [0, 1], seconds=3)
    one = transcriber(tmp_path)
    assert one.made_by == "whisper-x@123456"
    assert loads == []
    one.transcribe(recording)
    one.transcribe(recording)
    assert len(loads) == 1
    with pytest.raises(BadUsage, match="English"):
        one.transcribe(replace(recording, language="de"))


def test_missing_weights_are_told_before_any_work(tmp_path: Path) -> None:
    recording = write(tmp_path / "a.wav", [0, 1], seconds=3)
    with pytest.raises(WeightsError, match="missing"):
        WhisperTranscriber("base", data_dir=tmp_path).transcribe(recording)


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(WeightsError, match="loaded"):
        WhisperTranscriber(str(tmp_path), data_dir=tmp_path, device="cpu").warm_up()


def test_the_weaker_of_two_equal_words_is_an_echo() -> None:
    words = [
        Word("Hello,", 1.0, 1.3, 0.9, channel=0),
        Word("hello", 1.1, 1.4, 0.4, channel=1),
        Word("hello", 5.0, 5.3, 0.9, channel=1),
        Word("fine", 1.1, 1.4, 0.9, channel=1),
        Word("yes", 2.0, 2.2, 0.3, channel=0),
        Word("yes", 2.1, 2.3, 0.9, channel=0),
    ]
    assert [w.quarantine for w in mark_echoes(words)] == [None, "echo", None, None, None, None]


@pytest.mark.parametrize(
    ("minutes", "workers", "size"), [(0.1, 2, 1), (10, 2, 6), (10, 4, 6), (60, 2, 8), (3, 2, 3)]
)
def test_batches_are_shared_out_evenly(minutes: float, workers: int, size: int) -> None:
    layout = SimpleNamespace(duration=minutes * 60)
    assert batch_size(layout, workers, 8) == size  # type: ignore[arg-type]
