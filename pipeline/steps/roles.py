"""Who is the rep and who is the prospect: what the user said first, then what the speakers say.

The reader gives each voice the odds that it is on the rep's side. Trap: never force a side on a
voice that says little; `unknown` is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.domain import Role, Speaker, Transcript, Turn
from pipeline.errors import BadUsage

SURE, LIKELY = 0.7, 0.55
FEWEST_WORDS = 12


def assign_roles(transcript: Transcript, rep_scores: Mapping[str, float]) -> Transcript:
    """Fill in the roles that are unknown; given ones stay."""
    listed = _all_speakers(transcript)
    words = _words_by_speaker(transcript.turns)
    open_ones = [s for s in listed if s.role is Role.UNKNOWN and s.id in rep_scores]
    has_rep = any(s.role is Role.REP for s in listed)
    has_prospect = any(s.role is Role.PROSPECT for s in listed)
    likeliest = max(open_ones, key=lambda s: rep_scores[s.id], default=None)
    least = min(open_ones, key=lambda s: rep_scores[s.id], default=None)
    out = []
    for speaker in listed:
        role = speaker.role
        if speaker in open_ones and words.get(speaker.id, 0) >= FEWEST_WORDS:
            score = rep_scores[speaker.id]
            # a call has two sides: the likeliest rep needs less than certainty, so does the
            # opposite
            rep_bar = LIKELY if speaker is likeliest and not has_rep else SURE
            other_bar = LIKELY if speaker is least and not has_prospect else SURE
            if score >= rep_bar:
                role = Role.REP
            elif 1 - score >= other_bar:
                role = Role.PROSPECT
        out.append(replace(speaker, role=role))
    return replace(transcript, speakers=tuple(out))


def find_speakers(transcript: Transcript, wanted: str) -> list[str]:
    """Ids of the speakers that `wanted` names: an id, a person's name, or a channel counted from 1.

    Raises BadUsage, with the speakers there are, when it names nobody.
    """
    asked = wanted.strip().casefold()
    listed = _all_speakers(transcript)
    found = [s.id for s in listed if asked in (s.id.casefold(), (s.name or "").casefold())]
    if not found and asked.isdigit():
        channel = int(asked) - 1
        spoken = {t.speaker for t in transcript.turns if t.words and t.words[0].channel == channel}
        several = {w.channel for t in transcript.turns for w in t.words[:1]}
        found = sorted(spoken) if len(several) > 1 else []
    if not found:
        names = ", ".join(f"{s.id} ({s.name})" if s.name else s.id for s in listed)
        raise BadUsage(
            f"no speaker of {transcript.call_id} is called {wanted!r}",
            field="--rep",
            remedy=f"name one of: {names}",
        )
    return found


def override_rep(transcript: Transcript, speaker_ids: Sequence[str]) -> Transcript:
    """The named speakers are the reps; every voice whose role is unknown is then a prospect."""
    out = []
    for speaker in _all_speakers(transcript):
        if speaker.id in speaker_ids:
            role = Role.REP
        else:
            role = speaker.role if speaker.role is Role.OTHER else Role.PROSPECT
        out.append(replace(speaker, role=role))
    return replace(transcript, speakers=tuple(out))


def _all_speakers(transcript: Transcript) -> list[Speaker]:
    known = {s.id for s in transcript.speakers}
    said = dict.fromkeys(t.speaker for t in transcript.turns)
    return [*transcript.speakers, *(Speaker(i) for i in said if i not in known)]


def _words_by_speaker(turns: Sequence[Turn]) -> dict[str, int]:
    words: dict[str, int] = {}
    for turn in turns:
        words[turn.speaker] = words.get(turn.speaker, 0) + len(turn.text.split())
    return words
