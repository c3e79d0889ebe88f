"""A CRM's table of deals: what cells mean, and what is wrong with them, by line and column."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.deal_rows import read_table
from pipeline.errors import InputError


def read(text: str) -> dict[str, object]:
    table = read_table(text.encode(), "deals.csv")
    table.must_be_whole()
    (row,) = table.rows
    return {**row.fields, **row.facts}


def test_fields_and_facts_are_told_apart() -> None:
    found = read(
        "Deal ID;Account;Outcome;Amount;Currency;Close Date;Team;facts.team;headcount;revenue;"
        "revenue_currency;tech_stack;team_size.sales;Hair colour\n"
        "d-1;Acme; Closed Won ;12,500.50;eur;2026-03-04;north;revops|sales;200-500;1000000+;"
        "USD;HubSpot | Slack;40;red\n"
    )
    assert found == {
        "account": "Acme", "outcome": "won", "amount": 12500.5, "currency": "EUR",
        "closed_at": 1772582400.0, "headcount": {"min": 200.0, "max": 500.0},
        "team": ["revops", "sales"], "tech_stack": ["HubSpot", "Slack"],
        "revenue": {"min": 1000000.0, "max": None, "currency": "USD"}, "team_size": {"sales": 40},
    }  # fmt: skip


def test_an_empty_cell_says_nothing() -> None:
    assert read("deal_id,account,outcome,amount\nd-1,,,\n") == {}


@pytest.mark.parametrize(
    ("header", "cell", "says"),
    [
        ("outcome", "maybe", "won, lost, churned"),
        ("amount", "12.500,50", "12500.50"),
        ("amount", "-4", "below 0"),
        ("amount", "nan", "no number"),
        ("currency", "Euro", "EUR"),
        ("closed_at", "04/03/2026", "2026-03-04"),
        ("headcount", "lots", "no number"),
        ("growth_stage", "unicorn", "unknown growth_stage"),
        ("revenue", "500-100", "above max"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(header: str, cell: str, says: str) -> None:
    text = f'deal_id,{header}\nd-0,\n\nd-1,"{cell}"\n'
    table = read_table(text.encode(), "deals.csv")
    assert [row.deal_id for row in table.rows] == ["d-0"]
    (problem,) = table.problems
    assert problem.line == 4
    assert header in problem.column
    assert says in problem.problem


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"name,age\nx,3\n", "no column deal_id"),
        (b"deal_id,account,Account\n", "two columns account"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'deal_id\n"unclosed', "no CSV"),
    ],
)
def test_what_is_no_table_of_deals_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_table(content, "deals.csv")


def test_a_deal_given_twice_is_a_problem() -> None:
    table = read_table(b"deal_id,account\nd-1,a\nd-1,b\n,c\n", "x")
    assert [str(p) for p in table.problems] == [
        "line 3, deal_id: 'd-1' is on line 2 too", "line 4, deal_id: is missing",
    ]  # fmt: skip


CELLS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=12
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5))
def test_every_row_becomes_a_deal_or_a_problem(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("deal_id", "account", "amount"), *rows])
    table = read_table(out.getvalue().encode(), "x")
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    wrong = {p.line for p in table.problems}
    assert len(table.rows) + len(wrong) == len(filled)
