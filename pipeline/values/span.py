"""Where the evidence of a fact lies: its turns, and the seconds behind its quote.

An answer names the question too when it says little by itself ("about forty"), and what a rep says
names the yes that confirms it. Trap: imported transcripts may have no times at all.
"""

from __future__ import annotations

from pipeline.domain import Role, Turn
from pipeline.values.draft import Scene
from pipeline.values.merge import Fact
from pipeline.values.ownership import confirms

SHORT_ANSWER = 12


def evidence_turns(fact: Fact, scene: Scene) -> tuple[int, ...]:
    """Every turn that the evidence needs, in order."""
    turns = {d.turn for d in fact.drafts}
    for draft in fact.drafts:
        turn = scene.turns[draft.turn]
        before, after = scene.neighbour(draft.turn, -1), scene.neighbour(draft.turn, 1)
        opens = len(turn.text[: draft.start].split()) < SHORT_ANSWER
        if (
            before
            and before.speaker != turn.speaker
            and opens
            and _needs_question(draft.start, draft.end, turn, before)
        ):
            turns.add(before.index)
        if scene.role(draft.turn) is Role.REP and after and confirms(after.text):
            turns.add(after.index)
    return tuple(sorted(turns))


def _needs_question(start: int, end: int, turn: Turn, before: Turn) -> bool:
    return "?" in before.text[-40:] or len(turn.text[start:end].split()) <= SHORT_ANSWER


def seconds_of(turn: Turn, start: int, end: int) -> tuple[float | None, float | None]:
    """Start and end in seconds of characters `start` to `end`: by the words, else by share of the
    turn.
    """
    if turn.start is None or turn.end is None:
        return turn.start, turn.end
    if turn.words:
        times, offset = [], 0
        for word in turn.words:
            at = turn.text.find(word.text.strip(), offset)
            if at < 0:
                continue
            offset = at + len(word.text.strip())
            if at < end and offset > start:
                times.append(word)
        if times:
            return times[0].start, times[-1].end
    length, whole = max(len(turn.text), 1), turn.end - turn.start
    return (
        round(turn.start + whole * start / length, 2),
        round(turn.start + whole * end / length, 2),
    )
