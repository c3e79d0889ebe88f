"""A labelled call spoken and recognised again, with what it says put into the labelled turns."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.wiring import Services, hints_of
from pipeline.domain import Profile, Recording, Speaker, Transcript
from pipeline.formats import transcript_from_json, transcript_to_json
from pipeline.steps.turns import build_turns
from scripts.align_turns import LabelledTurn, align_turns, name_speakers, plain
from scripts.evaluate import to_prediction
from scripts.speak_call import Synthesiser, speak_call, write_call


class Listener:
    """Speaks calls and hears them with the product's own models."""

    def __init__(self, services: Services, *, piper_voice: Path | None, seed: int) -> None:
        self._services = services
        self._seed = seed
        self._synthesiser = Synthesiser(piper_voice, seed)

    def hear_call(
        self, call: dict[str, Any], profiles: list[Profile], folder: Path
    ) -> dict[str, Any]:
        """Predictions from the sound of a call; the recording and what was heard are kept."""
        dice = np.random.default_rng([self._seed, *call["id"].encode()])
        spoken = speak_call(call["transcript"], self._synthesiser, dice)
        recording = Recording(folder / f"{call['id']}.wav", call["id"], language="en")
        write_call(spoken, recording.path, dice)
        labelled = [
            LabelledTurn(n, t.speaker, t.text, t.start, t.end) for n, t in enumerate(spoken)
        ]
        given = transcript_from_json(call["transcript"], call["id"])
        heard = self._transcribe(recording, profiles, given)
        alignment = align_turns(labelled, heard.turns)
        heard = name_speakers(heard, alignment, labelled, given.speakers)
        path = folder / f"{call['id']}.transcript.json"
        path.write_text(json.dumps(transcript_to_json(heard), indent=1), encoding="utf-8")
        analysis = self._services.analyze(heard, profiles)
        texts = {turn.index: turn.text for turn in analysis.transcript.turns}
        result = to_prediction(analysis, profiles, self._services)
        for signal in result["signals"]:
            signal["heard_turns"] = signal["turns"]
            signal["turns"] = alignment.place(signal["turns"], signal["quote"], texts)
        return {**result, "changed": list(count_errors(labelled, heard))}

    def _transcribe(
        self, recording: Recording, profiles: list[Profile], given: Transcript
    ) -> Transcript:
        """The recognised turns with anonymous voices, as of the call's own day."""
        toolbox = self._services.toolbox
        recognition = toolbox.transcriber.transcribe(recording, hints=hints_of(profiles))
        turns = build_turns(recognition, toolbox.diarizer.diarize(recording, recognition))
        speakers = tuple(Speaker(name) for name in dict.fromkeys(t.speaker for t in turns))
        return replace(given, turns=turns, speakers=speakers, duration=recognition.duration)


def count_errors(labelled: list[LabelledTurn], heard: Transcript) -> tuple[int, int]:
    """Wrong, missing and added words, and the words spoken; a number in figures is an error."""
    spoken = [plain(word) for turn in labelled for word in turn.text.split() if plain(word)]
    words = [plain(word) for turn in heard.turns for word in turn.text.split() if plain(word)]
    return Levenshtein.distance(spoken, words), len(spoken)
