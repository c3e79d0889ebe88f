"""A second opinion on doubtful statuses of tools and kinds of places: zero-shot entailment with the
name in the hypothesis.

Only mentions whose status the reader is unsure of are asked about, so a call costs a few dozen
pairs. Trap: the entailer judges one statement at a time; its answers are shares only after
weighing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.domain import Proposal, Reading, Role, Transcript
from pipeline.ports import Entailer

HYPOTHESES = {
    "tech_stack:current": "The company uses {} today.",
    "tech_stack:past": "The company stopped using {}.",
    "tech_stack:evaluating": "The company is looking at {}.",
    "tech_stack:planned": "The company plans to move to {}.",
    "tech_stack:not_used": "The company does not use {}.",
    "business_model:b2b": "The company sells to other companies.",
    "business_model:b2c": "The company sells to consumers.",
    "geography:hq": "The head office of the company is in {}.",
    "geography:office": "The company has a site in {} besides its head office.",
    "geography:market": "The company sells to customers in {}.",
}


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How much the entailer counts (0..1), and for which mentions it is asked."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: {"tech_stack": 0.2, "geography": 0.2, "business_model": 0.5}
    )
    sure: float = 0.8
    """From this share on the reader's own status stands."""
    least: float = 0.15
    """Mentions weaker than this are not worth asking about."""


def verify_statuses(
    reading: Reading,
    transcript: Transcript,
    entailer: Entailer,
    name_of: Callable[[Proposal], str],
    options: VerifyOptions | None = None,
) -> Reading:
    """The same proposals, with the shares of doubtful statuses and kinds weighed anew."""
    chosen = options or VerifyOptions()
    mentions: dict[tuple[int, int, int, str], list[Proposal]] = defaultdict(list)
    for proposal in reading.proposals:
        if proposal.label in HYPOTHESES:
            dimension = proposal.label.partition(":")[0]
            mentions[proposal.turn, proposal.start, proposal.end, dimension].append(proposal)
    doubtful = [rows for rows in mentions.values() if _is_doubtful(rows, chosen)]
    pairs = [
        (premise_of(transcript, rows[0].turn), HYPOTHESES[row.label].format(name_of(row)))
        for rows in doubtful
        for row in rows
    ]
    answers = iter(entailer.entail(pairs))
    weighed: dict[Proposal, Proposal] = {}
    for rows in doubtful:
        for row, share in zip(
            rows, _shares(rows, [next(answers) for _ in rows], chosen), strict=True
        ):
            weighed[row] = replace(row, score=share)
    return replace(reading, proposals=tuple(weighed.get(p, p) for p in reading.proposals))


def premise_of(transcript: Transcript, turn: int, *, before: int = 1) -> str:
    """The words of a turn behind the turns before it, each with its side."""
    place = next(i for i, t in enumerate(transcript.turns) if t.index == turn)
    rows = [t for t in transcript.turns[max(0, place - before) : place + 1] if not t.quarantine]
    return " ".join(f"{_side(transcript.role_of(t.speaker))}: {t.text}" for t in rows)


def _side(role: Role) -> str:
    return {Role.REP: "Rep", Role.PROSPECT: "Prospect", Role.OTHER: "Partner"}.get(role, "Speaker")


def _is_doubtful(rows: Sequence[Proposal], options: VerifyOptions) -> bool:
    total = sum(row.score for row in rows)
    return (
        len(rows) > 1
        and total >= options.least
        and max(r.score for r in rows) < options.sure * total
    )


def _shares(rows: Sequence[Proposal], said: Sequence[float], options: VerifyOptions) -> list[float]:
    total = sum(row.score for row in rows)
    weight = options.weights.get(rows[0].label.partition(":")[0], 0.0)
    mixed = [
        (row.score / total) ** (1 - weight) * max(p, 1e-3) ** weight
        for row, p in zip(rows, said, strict=True)
    ]
    return [total * m / sum(mixed) for m in mixed]
