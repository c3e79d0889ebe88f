"""The mapping file: what is wrong with it is named with its line, before any connection."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.crm.mapping import lint_mapping, load_mapping
from api.crm.pace import LONGEST_WAIT, NoAnswer, Pace, retry_after
from pipeline.errors import BadUsage
from tests.api.conftest import Run
from tests.api.crm.conftest import SHIPPED, write_mapping

START = "crm: hubspot\nmatch: icp_deal_id\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: error: is no mapping"),
        ("push: {a: tier}", "crm is missing (write crm: hubspot or salesforce)"),
        ("crm: zoho", "line 1: error: crm: unknown crm 'zoho'"),
        (START, "maps nothing"),
        (START + "psh: {}", "line 3: error: psh: is unknown (did you mean push?)"),
        (START + "push:\n  a: teir", "line 4: error: push.a: unknown tag 'teir' (did you mean ti"),
        (START + "push:\n  a-b: tier", "line 4: error: push.a-b: is no field name"),
        (START + "push:\n  a: {from: tier, overwrite: yep}", "push.a.overwrite: expected true or"),
        (START + "push:\n  a: tier\n  a: fit", "line 5: error: push.a: the field a is there twice"),
        (START + "push:\n  icp_deal_id: tier", "is how the deal is found"),
        (START + "pull:\n  acount: name", "pull.acount: is nothing that a deal has (did you mean"),
        (START + "pull:\n  account: a.b.c", "is no field name"),
        (START + "pull:\n  account: 'x) OR (1'", "is no field name"),
        (START + "pull:\n  outcome: dealstage", "pull.outcome: needs values"),
        (START + "pull:\n  outcome: {field: a, values: {b: maybe}}", "unknown outcome 'maybe'"),
        ("crm: hubspot\nmissing: create\npush: {a: tier}", "hs_object_id is given by the CRM"),
        ("crm: hubspot\nobject: tickets\npush: {a: tier}", "line 2: error: object: HubSpot's"),
        ("crm: salesforce\nmatch: 'Id = 1'\npush: {a: tier}", "is no name of the API"),
        ("crm: [hubspot", "is no YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    icp: Run, tmp_path: Path, text: str, says: str
) -> None:
    path = write_mapping(tmp_path / "m.yaml", text)
    ran = icp("crm", "lint", path)
    assert ran.status == 2
    assert says in ran.out
    assert "cannot be used" in ran.out
    with pytest.raises(BadUsage):
        load_mapping(path)


def test_advice_does_not_stop_a_mapping(icp: Run, tmp_path: Path) -> None:
    text = START + "push:\n  dealstage: {from: tier, overwrite: true}\npull: {stage: dealstage}\n"
    ran = icp("crm", "lint", write_mapping(tmp_path / "m.yaml", text))
    assert ran.status == 0
    assert "line 4: warning: push.dealstage: is a field that people fill" in ran.out
    assert "line 4: warning: push.dealstage: is pulled too" in ran.out


def test_the_shipped_mappings_have_nothing_wrong() -> None:
    for name in ("hubspot", "salesforce"):
        assert lint_mapping(SHIPPED / f"{name}.yaml")[1] == []


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=60))
def test_any_text_is_a_mapping_or_has_an_error(tmp_path_factory: pytest.TempPathFactory,
                                               text: str) -> None:  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(f"crm: hubspot\npush:\n  {text}".encode())
    mapping, findings = lint_mapping(path)
    assert (mapping is None) == any(f.severity == "error" for f in findings)


NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0), ("0.5", 0.5), ("Wed, 04 Mar 2026 15:00:30 GMT", 30.0), ("soon", None),
        ("Wed, 04 Mar 2026 14:00:00 GMT", 0.0), ("", None), ("-3", None), ("²", None),
    ],
)  # fmt: skip
def test_how_long_a_crm_asks_to_wait(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}, NOW) == seconds


def test_requests_keep_their_distance_and_end() -> None:
    slept: list[float] = []
    pace = Pace(4.0, sleep=slept.append, clock=lambda: 0.0)
    for _ in range(3):
        assert pace.send(lambda: 200, lambda status: (status, {})) == 200
    assert slept == [0.25, 0.5]
    long = {"Retry-After": str(LONGEST_WAIT + 1)}
    slept.clear()
    assert Pace(4.0, sleep=slept.append).send(lambda: 429, lambda s: (s, long)) == 429
    assert slept == []

    def silent() -> int:
        raise NoAnswer("timeout")

    with pytest.raises(NoAnswer):
        Pace(1000.0, sleep=slept.append, clock=lambda: 0.0).send(silent, lambda s: (s, {}))
    assert [s for s in slept if s >= 1] == [1.0, 2.0, 4.0, 8.0]
