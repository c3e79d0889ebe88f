"""What a model answered on the words of industry signals, kept with a call's other evidence.

A check asks whether a quote puts the account into an asked industry. Asked once, when a call is
analysed, so that a changed profile is held against thousands of stored calls without a model. Trap:
an answer is known by a hash of quote and question, so no words stand in its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from pipeline.domain import CallAnalysis, Dimension, Profile, StatementEvidence
from pipeline.knowledge import Knowledge
from pipeline.matching import industry_hypothesis

PREFIX = "industry:"
Ask = Callable[[str, str], float]


def answer_id(quote: str, hypothesis: str) -> str:
    """The name under which an answer is kept."""
    digest = hashlib.sha256(f"{quote}\0{hypothesis}".encode()).hexdigest()
    return f"{PREFIX}{digest[:24]}"


def open_questions(
    analysis: CallAnalysis, profiles: Sequence[Profile], knowledge: Knowledge
) -> list[tuple[str, str]]:
    """(quote, hypothesis) pairs that a check against these profiles would ask a model."""
    known = {found.statement for found in analysis.statements}
    asked: dict[tuple[str, str], None] = {}
    for signal in analysis.signals:
        if signal.dimension is not Dimension.INDUSTRY or not isinstance(signal.value, str):
            continue
        quote = signal.quote_en or signal.quote
        for value in _values(profiles):
            pair = (quote, industry_hypothesis(value))
            if not knowledge.industries.is_a(signal.value, value) and answer_id(*pair) not in known:
                asked[pair] = None
    return list(asked)


def _values(profiles: Iterable[Profile]) -> list[str]:
    conditions = [rule.condition for p in profiles for rule in p.criteria]
    conditions += [rule.condition for p in profiles for rule in p.disqualifiers]
    values = [
        value
        for condition in conditions
        if condition.dimension is Dimension.INDUSTRY
        for value in (*condition.any_of, *condition.all_of, *condition.none_of)
    ]
    return list(dict.fromkeys(values))


def answers(pairs: Sequence[tuple[str, str]], sure: Sequence[float]) -> list[StatementEvidence]:
    """Answers as they are kept."""
    return [
        StatementEvidence(answer_id(*pair), entailed, 0.0)
        for pair, entailed in zip(pairs, sure, strict=True)
    ]


def asking_first(analyses: Iterable[CallAnalysis], ask: Ask) -> Ask:
    """`ask`, for which the kept answers of these calls come first."""
    kept: Mapping[str, float] = {
        found.statement: found.supports
        for analysis in analyses
        for found in analysis.statements
        if found.statement.startswith(PREFIX)
    }

    def answer(quote: str, hypothesis: str) -> float:
        found = kept.get(answer_id(quote, hypothesis))
        return ask(quote, hypothesis) if found is None else found

    return answer if kept else ask
