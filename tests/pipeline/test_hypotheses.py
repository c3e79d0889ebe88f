"""Rules on fixed values that no signal settles: what is said of them may."""

from dataclasses import replace

from pipeline.domain import (
    Condition,
    Criterion,
    Dimension,
    Profile,
    Seller,
    StatementEvidence,
    TriggerRule,
)
from pipeline.hypotheses import hypotheses_of, settle
from pipeline.knowledge import CheckOptions
from pipeline.verdict import MET, NOT_MET, UNKNOWN, Verdict

OPTIONS = CheckOptions()
MODELS = ("b2c", "marketplace")
PROFILE = Profile(
    id="p", name="P", seller=Seller("Northwind"),
    criteria=(Criterion("motion", Condition(Dimension.BUSINESS_MODEL, any_of=MODELS)),),
    triggers=(TriggerRule("money", kind="funding"),),
)  # fmt: skip


def evidence(**said: tuple[float, float]) -> dict[str, StatementEvidence]:
    rows = {f"motion#{value}": StatementEvidence(value, *pair) for value, pair in said.items()}
    return {name: replace(row, statement=name) for name, row in rows.items()}


def test_every_value_and_every_kind_of_event_has_its_own_statement() -> None:
    found = {s.id: s.text for s in hypotheses_of(PROFILE)}
    assert set(found) == {"motion#b2c", "motion#marketplace", "money#funding"}
    assert found["motion#b2c"] == "The company sells to consumers"


def test_clear_talk_settles_what_signals_leave_open() -> None:
    met = settle(Verdict(UNKNOWN), "motion", MODELS, evidence(b2c=(0.95, 0.0)), OPTIONS)
    assert (met.status, met.score) == (MET, 0.95)
    denied = evidence(b2c=(0.0, 0.97), marketplace=(0.0, 0.95))
    assert settle(Verdict(UNKNOWN), "motion", MODELS, denied, OPTIONS).status == NOT_MET


def test_a_hint_or_half_a_denial_settles_nothing() -> None:
    for found in (evidence(b2c=(0.6, 0.0)), evidence(b2c=(0.0, 0.97)), {}):
        assert settle(Verdict(UNKNOWN), "motion", MODELS, found, OPTIONS).status == UNKNOWN


def test_what_signals_met_stays_met() -> None:
    denied = evidence(b2c=(0.0, 0.97), marketplace=(0.0, 0.95))
    assert settle(Verdict(MET, 0.5), "motion", MODELS, denied, OPTIONS) == Verdict(MET, 0.5)


def test_a_model_clearly_described_stands_beside_another_that_signals_name() -> None:
    found = evidence(b2c=(0.95, 0.0))
    assert settle(Verdict(NOT_MET, 0.5), "motion", MODELS, found, OPTIONS).status == MET
