"""Business models and kinds of events that a profile asks for, put as statements.

Signals come first; where they leave a rule unsettled, talk that clearly says or denies its
statement settles it. So a model or a kind of event is found by what is said of it even where the
reader marked no words. The trap: one statement for each value, for "either" is no statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.domain import Condition, Dimension, Profile, Statement, StatementEvidence
from pipeline.knowledge import CheckOptions
from pipeline.verdict import MET, NOT_MET, UNKNOWN, Verdict

MODELS = {
    "b2b": "The company sells to other companies",
    "b2c": "The company sells to consumers",
    "b2b2c": "The company reaches consumers through other companies",
    "marketplace": "The company runs a marketplace that brings buyers and sellers together",
    "subscription": "Customers pay the company a subscription",
    "transactional": "Customers pay the company for each purchase",
    "usage_based": "Customers pay the company by how much they use",
    "sales_led": "The company sells through a sales team",
    "product_led": "Customers sign up and buy by themselves, without a salesperson",
    "channel_led": "The company sells through partners or resellers",
}
KINDS = {
    "funding": "The company has raised money recently",
    "headcount_growth": "The company is hiring many people",
    "new_market": "The company is entering a new market or opening a new site",
    "leadership_hire": "The company has a new leader who was hired recently",
    "tech_change": "The company is replacing one of its main systems",
    "merger_acquisition": "The company has bought, was bought by, or merged with another company",
    "regulation": "The company has to meet a new rule of a regulator, an auditor or a customer",
    "contract_renewal": "A contract of the company with a vendor ends soon",
    "product_launch": "The company is launching a new product",
    "layoffs": "The company is laying people off",
}
SEPARATOR = "#"


def hypotheses_of(profile: Profile) -> tuple[Statement, ...]:
    """Statements for the profile's rules on fixed values, with the id `rule#value`."""
    conditions = [(rule.id, rule.condition) for rule in profile.criteria]
    conditions += [(rule.id, rule.condition) for rule in profile.disqualifiers]
    found = [
        Statement(f"{rule}{SEPARATOR}{value}", text)
        for rule, condition in conditions
        for value, text in _put(condition)
    ]
    found += [
        Statement(f"{rule.id}{SEPARATOR}{rule.kind}", KINDS[rule.kind])
        for rule in profile.triggers
        if rule.kind in KINDS
    ]
    return tuple(found)


def settle(
    verdict: Verdict,
    rule: str,
    values: Sequence[str],
    evidence: Mapping[str, StatementEvidence],
    options: CheckOptions,
) -> Verdict:
    """What signals decided; where they decide nothing, what is said or denied of the values.

    A model that somebody clearly describes stands beside any other that signals name, except where
    `options.hypothesis_beside` forbids it (disqualifiers).
    """
    if verdict.status != UNKNOWN and not (verdict.status == NOT_MET and options.hypothesis_beside):
        return verdict
    found = [evidence.get(f"{rule}{SEPARATOR}{value}") for value in values]
    heard = [row for row in found if row is not None]
    best = max(heard, key=lambda row: row.supports, default=None)
    if best is not None and best.supports >= max(options.hypothesis_met, best.denies):
        return Verdict(MET, best.supports, evidence=best)
    if verdict.status == NOT_MET:
        return verdict
    worst = min(heard, key=lambda row: row.denies, default=None)
    if worst is None or len(heard) < len(values):
        return verdict
    if worst.denies >= max(options.hypothesis_denied, worst.supports):
        return Verdict(NOT_MET, worst.denies, evidence=worst)
    return verdict


def _put(condition: Condition) -> list[tuple[str, str]]:
    values = (*condition.any_of, *condition.all_of)
    if condition.dimension is Dimension.BUSINESS_MODEL:
        return [(value, MODELS[value]) for value in values if value in MODELS]
    return []
