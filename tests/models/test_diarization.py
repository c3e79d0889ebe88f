"""How many voices, who speaks when; with real weights, the sample call's three speakers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import diarization
from models.diarization import VoiceDiarizer, Windows, decide_spans
from models.voices import group_voices
from pipeline.domain import Recognition, Recording, SpeakerSpan
from pipeline.errors import WeightsError

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
SIZE = 192


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def make_call(
    shares: list[float], *, noise: float = 0.65, windows: int = 200, seed: int = 0
) -> tuple[Windows, np.ndarray]:
    """Windows of 1.5 s in stretches of one to five, and whose voice each is."""
    rng = np.random.default_rng(seed)
    voices = unit(rng.normal(size=(len(shares), SIZE)))
    who: list[int] = []
    while len(who) < windows:
        who += [int(rng.choice(len(shares), p=shares))] * int(rng.integers(1, 6))
    truth = np.array(who[:windows])
    vectors = unit(voices[truth] + rng.normal(scale=noise / SIZE**0.5, size=(windows, SIZE)))
    starts = np.arange(windows) * 1.8
    spans = np.stack([starts, starts + 1.5], axis=1).astype(np.float32)
    return Windows(spans, spans, vectors), truth


@pytest.mark.parametrize("noise", [0.4, 0.65, 0.9])
@pytest.mark.parametrize(
    "shares", [[1.0], [0.5, 0.5], [0.9, 0.1], [0.5, 0.3, 0.2], [0.25] * 4, [1 / 6] * 6]
)
def test_the_number_of_voices_is_found(shares: list[float], noise: float) -> None:
    call, truth = make_call(shares, noise=noise)
    voices = group_voices(call.vectors, call.spans)
    assert len(voices) == len(shares)
    found = (call.vectors @ voices.T).argmax(axis=1)
    for name in range(len(shares)):
        assert len(set(found[truth == name])) == 1


def test_no_more_voices_than_allowed() -> None:
    call, _ = make_call([0.1] * 10, windows=300)
    assert len(group_voices(call.vectors, call.spans, max_voices=8)) == 8


def test_two_people_at_once_are_no_third_voice() -> None:
    call, truth = make_call([0.5, 0.5])
    both = call.vectors[truth == 0][:6] + call.vectors[truth == 1][:6]
    vectors = np.concatenate([call.vectors, unit(both)])
    late = call.spans[-1] + 2.0 * np.arange(1, 7)[:, None]
    spans = np.concatenate([call.spans, late.astype(np.float32)])
    assert len(group_voices(vectors, spans)) == 2


def test_a_rarely_heard_voice_is_found_in_three_hours() -> None:
    call, truth = make_call([0.6, 0.38, 0.02], windows=6000)
    assert len(group_voices(call.vectors, call.spans)) == len(set(truth)) == 3


@pytest.mark.parametrize("windows", [1, 2, 5])
def test_hardly_any_speech_is_one_voice(windows: int) -> None:
    call, _ = make_call([1.0], windows=windows)
    assert len(group_voices(call.vectors, call.spans)) == 1


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 5), st.integers(1, 60), st.integers(0, 99))
def test_spans_cover_the_speech_once(count: int, windows: int, seed: int) -> None:
    call, _ = make_call([1 / count] * count, windows=windows, seed=seed)
    spans = decide_spans(call, group_voices(call.vectors, call.spans))
    assert spans
    for one, two in zip(spans, spans[1:], strict=False):
        assert one.start < one.end <= two.start + 1e-6
    covered = sum(min(s.end, float(b)) - max(s.start, float(a)) for s in spans
                  for a, b in call.speech if s.start < b and s.end > a)  # fmt: skip
    assert covered == pytest.approx(1.5 * windows, rel=1e-3)
    names = list(dict.fromkeys(s.speaker for s in spans))
    assert names == [f"S{i + 1}" for i in range(len(names))]


def test_a_stray_window_inside_speech_changes_nothing() -> None:
    voices = unit(np.eye(2, SIZE, dtype=np.float32))
    spans = np.array([[i * 0.75, i * 0.75 + 1.5] for i in range(8)], np.float32)
    vectors = np.stack([voices[0]] * 8)
    vectors[4] = unit(voices[0] + 1.2 * voices[1])
    heard = Windows(np.array([[0.0, 6.75]], np.float32), spans, vectors)
    assert decide_spans(heard, voices) == (SpeakerSpan(0.0, 6.75, "S1"),)


def test_a_short_answer_between_pauses_is_kept() -> None:
    voices = unit(np.eye(2, SIZE, dtype=np.float32))
    speech = np.array([[0.0, 3.0], [3.2, 3.6], [3.9, 7.0]], np.float32)
    spans = np.array([[0, 1.5], [1.5, 3], [3.2, 3.6], [3.9, 5.4], [5.4, 6.9]], np.float32)
    heard = Windows(speech, spans, voices[[0, 0, 1, 0, 0]])
    found = [(s.speaker, round(s.start, 1)) for s in decide_spans(heard, voices)]
    assert found == [("S1", 0.0), ("S2", 3.2), ("S1", 3.9)]


def test_nobody_speaks() -> None:
    none = np.zeros((0, 2), np.float32)
    heard = Windows(none, none, np.zeros((0, SIZE), np.float32))
    assert decide_spans(heard, group_voices(heard.vectors, heard.spans)) == ()


def test_speech_over_the_border_of_a_block_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = diarization.RATE

    def loud(samples: np.ndarray) -> list[tuple[float, float]]:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], samples > 0.5, [0]]).astype(int)))
        return [(a / rate, b / rate) for a, b in zip(edges[::2], edges[1::2], strict=True)]

    def blocks(samples: np.ndarray) -> Iterator[np.ndarray]:
        for first in range(0, len(samples), 5 * rate):
            yield samples[first : first + 5 * rate]

    monkeypatch.setattr(diarization, "_find_speech", loud)
    track = np.zeros(30 * rate, np.float32)
    truth = [(1.0, 2.0), (4.0, 6.5), (9.9, 10.1), (14.0, 26.0), (28.0, 30.0)]
    for start, end in truth:
        track[int(start * rate) : int(end * rate)] = 1.0
    found = [(o + a, o + b) for o, _, part in diarization._speech_blocks(blocks(track))
             for a, b in part]  # fmt: skip
    assert np.allclose(found, truth, atol=1e-3)


def test_pauses_that_the_vad_bridges_are_cut() -> None:
    level = np.full(300, -20.0, np.float32)
    level[:20] = level[280:] = level[100:115] = level[200:205] = -60.0
    pieces = diarization._split_at_dips(0.2, 2.8, level, -60.0)
    assert np.allclose(pieces, [(0.2, 1.0), (1.15, 2.8)])


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    from models.campplus import WEIGHTS, VoiceEncoder

    (tmp_path / WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(WeightsError, match="voice encoder"):
        VoiceEncoder(tmp_path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    diarizer = VoiceDiarizer(tmp_path)
    recording = Recording(SAMPLE / "two_channel.ogg", "c-1")
    with pytest.raises(WeightsError, match="campplus"):
        diarizer.diarize(recording, Recognition("en", 28.0, ()))


def test_likeness_does_not_depend_on_the_batch() -> None:
    import torch

    from models.campplus import BINS, CamPlusPlus

    torch.manual_seed(0)
    network = CamPlusPlus().eval()
    windows = torch.randn(3, 150, BINS)
    with torch.inference_mode():
        together = network(windows)
        alone = torch.cat([network(windows[i : i + 1]) for i in range(3)])
        longer = network(torch.randn(1, 640, BINS))
    assert together.shape == (3, SIZE)
    assert torch.allclose(together, alone, atol=1e-4)
    assert longer.shape == (1, SIZE)


@pytest.mark.weights
def test_the_sample_call_has_its_three_speakers(data_dir: Path) -> None:
    seen: list[tuple[str, float, float]] = []
    diarizer = VoiceDiarizer(data_dir, threads=1)
    recording = Recording(SAMPLE / "discovery.ogg", "discovery")
    spans = diarizer.diarize(
        recording, Recognition("en", 292.0, ()), progress=lambda *a: seen.append(a)
    )
    assert [s for s, _, _ in seen] == ["diarize"] * len(seen)
    assert seen[-1][1] == seen[-1][2] > 290
    truth = json.loads((SAMPLE / "discovery.transcript.json").read_text(encoding="utf-8"))
    voices = {s.speaker for s in spans}
    assert len(voices) == 3
    # by first speech the rep is S1, as in the transcript: names can be compared
    right = total = 0.0
    for turn in truth["turns"]:
        for span in spans:
            shared = min(turn["end"], span.end) - max(turn["start"], span.start)
            if shared > 0:
                total += shared
                right += shared * (span.speaker == turn["speaker"])
    assert right / total > 0.97
    assert total > 0.9 * sum(t["end"] - t["start"] for t in truth["turns"])
