"""Facts and outcomes of deals out of a CRM: records → cells → the deals code that reads a CSV too.

So a wrong value is found, and said, in the same way. An empty field says nothing. Trap: before a
deal is closed, a CRM keeps a forecast as its closing date, so the date needs an outcome.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from api.batch.tables import harmless
from api.crm.mapping import CrmMapping, PullField
from api.crm.remote import Crm, CrmFailure, Record, chunks
from api.crm.values import number_text
from api.deal_rows import DealRow, read_table
from api.store.records import Deal

CLOSED = ("won", "lost", "churned")


@dataclass(slots=True)
class Pulled:
    """What the CRM says of deals: rows for the store, the cells they are from, and problems."""

    columns: tuple[str, ...]
    cells: list[Mapping[str, str]] = field(default_factory=list)
    rows: list[DealRow] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def pull_deals(crm: Crm, mapping: CrmMapping, deal_ids: Sequence[str]) -> Pulled:
    """What the CRM says of these deals; one that is not there is a problem of its own."""
    pulled = Pulled(("deal_id", *(pull.target for pull in mapping.pull)))
    names = list(dict.fromkeys(pull.field for pull in mapping.pull))
    groups = list(chunks(deal_ids, crm.most_at_once))
    for i, group in enumerate(groups):
        try:
            found = crm.read(mapping.match, group, names)
        except CrmFailure as failure:
            left = (deal_id for rest in groups[i:] for deal_id in rest)
            pulled.problems.update(dict.fromkeys(left, failure.problem))
            break
        pulled.problems.update(found.problems)
        pulled.notes += found.notes
        for deal_id in group:
            record = found.records.get(deal_id)
            if record is not None and deal_id not in found.problems:
                _take(pulled, mapping, deal_id, record)
            elif deal_id not in found.problems:
                _miss(pulled, mapping, deal_id)
    return pulled


def _miss(pulled: Pulled, mapping: CrmMapping, deal_id: str) -> None:
    if mapping.missing == "fail":
        pulled.problems[deal_id] = "is not in the CRM"
    else:
        pulled.missing.append(deal_id)


def _take(pulled: Pulled, mapping: CrmMapping, deal_id: str, record: Record) -> None:
    cells = {"deal_id": deal_id}
    for pull in mapping.pull:
        cells[pull.target] = _cell(pull, record.values.get(pull.field))
    if "outcome" in cells and cells["outcome"] not in CLOSED:
        cells.pop("closed_at", None)
    table = read_table(_csv([*cells], [cells]).encode(), "the CRM's answer")
    if table.problems:
        pulled.problems[deal_id] = "; ".join(f"{p.column}: {p.problem}" for p in table.problems)
        return
    pulled.cells.append(cells)
    pulled.rows += table.rows


def _cell(pull: PullField, value: object) -> str:
    """A value as a cell of a table of deals."""
    if value is None:
        return ""
    text = number_text(value) if isinstance(value, float) else str(value)
    text = " ".join(text.split())
    if pull.target == "closed_at":
        return _day(text)
    said = pull.values.get(text.lower())
    if said is None:
        return "" if pull.target == "outcome" else text
    return said


def _day(text: str) -> str:
    """A day, also from milliseconds since 1970; Salesforce writes a zone as +0000."""
    if re.fullmatch(r"\d{11,14}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC).isoformat()
    return text


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]], *, safe: bool = False) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        cells = [row.get(name, "") for name in columns]
        writer.writerow([harmless(cell) if safe else cell for cell in cells])
    return out.getvalue()


def to_csv(pulled: Pulled) -> str:
    """The deals as a table that `icp assess --crm` and `icp deals import` read."""
    return _csv(pulled.columns, pulled.cells, safe=True)


@dataclass(frozen=True, slots=True)
class DealChange:
    """What a deal would get: a field or a fact, as it is and as it will be."""

    deal_id: str
    name: str
    old: object
    new: object


def deal_changes(row: DealRow, known: Deal | None) -> list[DealChange]:
    """What a row changes about a deal that is known (None: not yet)."""
    facts: Mapping[str, object] = known.facts if known else {}
    changes = [
        DealChange(row.deal_id, name, _shown(name, old), _shown(name, new))
        for name, new in row.fields.items()
        if (old := getattr(known, name, None)) != new
    ]
    changes += [
        DealChange(row.deal_id, name, facts.get(name), new)
        for name, new in row.facts.items()
        if facts.get(name) != new
    ]
    return changes


def _shown(name: str, value: object) -> object:
    if name == "closed_at" and isinstance(value, float):
        return datetime.fromtimestamp(value, UTC).date().isoformat()
    return value
