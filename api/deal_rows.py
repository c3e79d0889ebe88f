"""A CSV of deals from a CRM → rows with fields and facts, and every problem with line and column.

Columns are known by name, in any order; others are passed over and named. An empty cell says
nothing and changes nothing. Trap: `team` is the rep's team; a team that the account has is
`facts.team`.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.deals.facts import NAMES, NUMBERS, read_facts
from pipeline.errors import InputError

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 200_000
MOST_SHOWN = 200
OUTCOMES = ("won", "lost", "churned")
TEXTS = ("account", "stage", "rep", "team")
COLUMNS = ("deal_id", *TEXTS, "outcome", "amount", "currency", "closed_at")
OTHER_NAMES = {
    "deal": "deal_id", "id": "deal_id", "account_name": "account", "company": "account",
    "owner": "rep", "employees": "headcount", "close_date": "closed_at",
    "closed_won": "won", "closed_lost": "lost", "churn": "churned",
}  # fmt: skip
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell; `line` counts from 1, the header's line."""

    line: int
    column: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.problem}"


@dataclass(frozen=True, slots=True)
class DealRow:
    """One deal: the fields that the file gives, and the facts about the account."""

    line: int
    deal_id: str
    fields: Mapping[str, object]
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DealTable:
    """A file that was read: good rows, problems, and columns that mean nothing here."""

    file: str
    rows: tuple[DealRow, ...]
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    lines: int = field(default=0)

    def must_be_whole(self) -> None:
        """Raise InputError with every problem, if there is one."""
        if self.problems:
            shown = "; ".join(str(p) for p in self.problems[:MOST_SHOWN])
            count = len(self.problems)
            raise InputError(
                f"{count} problem{'s' * (count > 1)}: {shown}", file=self.file,
                remedy="mend these cells; nothing was taken over",
            )  # fmt: skip


def read_table(content: bytes, file: str) -> DealTable:
    """The deals in a CSV (UTF-8; comma, semicolon or tab); raises InputError when it is none."""
    if len(content) > MOST_BYTES:
        raise InputError(f"is larger than {MOST_BYTES // 2**20} MiB", file=file, remedy="split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 text (byte {error.start})", file=file, remedy="save it as CSV UTF-8"
        ) from error
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    names: list[str] | None = None
    rows: dict[str, DealRow] = {}
    problems: list[Problem] = []
    ignored: tuple[str, ...] = ()
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names, ignored = _header(cells, file)
                continue
            if len(rows) >= MOST_ROWS:
                raise InputError(f"has more than {MOST_ROWS:,} rows", file=file, remedy="split it")
            _take(dict(zip(names, cells, strict=False)), reader.line_num, rows, problems)
    except csv.Error as error:
        raise InputError(
            f"line {reader.line_num} is no CSV: {error}", file=file, field="content"
        ) from error
    if names is None:
        raise InputError("is empty", file=file, remedy="the least is a column deal_id and one row")
    return DealTable(file, tuple(rows.values()), tuple(problems), ignored, reader.line_num)


def _header(cells: list[str], file: str) -> tuple[list[str], tuple[str, ...]]:
    names = [_name(cell) for cell in cells]
    if "deal_id" not in names:
        raise InputError(
            "has no column deal_id", file=file, field="deal_id",
            remedy=f"known columns: {', '.join((*COLUMNS, *NAMES))}",
        )  # fmt: skip
    twice = next((n for n in names if n and names.count(n) > 1 and _is_known(n)), None)
    if twice:
        raise InputError(f"has two columns {twice}", file=file, field=twice)
    return names, tuple(
        c.strip()[:60] for c, n in zip(cells, names, strict=True) if not _is_known(n)
    )


def _name(cell: str) -> str:
    name = re.sub(r"[^\w.]+", "_", cell.strip().lower()).strip("_")
    return OTHER_NAMES.get(name, name)


def _is_known(name: str) -> bool:
    bare = name.removeprefix("facts.")
    if name in COLUMNS or (bare in NAMES and bare != "team_size" and name != "team"):
        return True
    return bare == "revenue_currency" or bare.startswith("team_size.")


def _take(
    cells: Mapping[str, str], line: int, rows: dict[str, DealRow], problems: list[Problem]
) -> None:
    """Add one row, or its problems."""
    wrong: list[Problem] = []
    given = {n: c.strip() for n, c in cells.items() if _is_known(n) and c.strip()}
    deal_id = given.pop("deal_id", "")
    if not deal_id or len(deal_id) > 200:
        wrong.append(Problem(line, "deal_id", "is missing" if not deal_id else "is too long"))
    elif deal_id in rows:
        wrong.append(Problem(line, "deal_id", f"{deal_id!r} is on line {rows[deal_id].line} too"))
    fields: dict[str, object] = {}
    facts: dict[str, object] = {}
    for name, cell in given.items():
        try:
            if name in COLUMNS:
                fields[name] = read_field(name, cell)
            else:
                _add_fact(facts, name.removeprefix("facts."), cell)
        except InputError as error:
            wrong.append(Problem(line, name, _said(error)))
    if not wrong:
        try:
            _with_currency(facts)
            read_facts(facts, deal_id)
        except InputError as error:
            wrong.append(Problem(line, str(error.field or "facts"), _said(error)))
    if wrong:
        problems.extend(wrong)
    else:
        rows[deal_id] = DealRow(line, deal_id, fields, facts)


def _said(error: InputError) -> str:
    return f"{error.problem} ({error.remedy})" if error.remedy else error.problem


def read_field(name: str, cell: str) -> object:
    """The value of a deal's field as it is stored; raises InputError that says how to write it."""
    if name == "outcome":
        word = _name(cell)
        if word in ("open", "none"):
            return None
        if word not in OUTCOMES:
            raise InputError(f"unknown outcome {cell[:40]!r}", remedy=f"use {', '.join(OUTCOMES)}")
        return word
    if name == "amount":
        return _number(cell)
    if name == "currency":
        if not re.fullmatch(r"[A-Za-z]{3}", cell):
            raise InputError(f"{cell[:20]!r} is no currency", remedy="write it as EUR")
        return cell.upper()
    if name == "closed_at":
        return read_day(cell)
    if len(cell) > LONGEST:
        raise InputError(f"is too long ({len(cell)} characters, at most {LONGEST})")
    return cell


def read_day(cell: str) -> float:
    """Seconds since 1970 of a date or moment (UTC when no zone is given)."""
    try:
        found = datetime.fromisoformat(cell)
    except ValueError as error:
        raise InputError(f"{cell[:40]!r} is no date", remedy="write it as 2026-03-04") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _number(cell: str) -> float:
    clean = cell.replace(" ", "").replace("\u00a0", "")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", clean):
        clean = clean.replace(",", "")
    if not re.fullmatch(r"-?\d+(\.\d+)?", clean) or len(clean) > 18:
        raise InputError(f"{cell[:40]!r} is no number", remedy="write it as 12500.50")
    number = float(clean)
    if number < 0 or not math.isfinite(number):
        raise InputError(f"{cell[:40]!r} is below 0")
    return number


def _add_fact(facts: dict[str, object], name: str, cell: str) -> None:
    if name.startswith("team_size."):
        sizes = facts.setdefault("team_size", {})
        assert isinstance(sizes, dict)
        sizes[name.removeprefix("team_size.").replace("_", " ")] = _range(cell)
    elif name in NUMBERS:
        facts[name] = _range(cell)
    elif name == "revenue_currency":
        facts[name] = cell
    else:
        facts[name] = [part.strip() for part in re.split(r"[;|]", cell) if part.strip()]


def _range(cell: str) -> object:
    """`250`, `200-500` or `1000+`."""
    parts = list(_ends(cell))
    if len(parts) == 1:
        number = _number(parts[0])
        return int(number) if number.is_integer() else number
    low, high = (_number(part) if part else None for part in parts)
    return {"min": low, "max": high}


def _ends(cell: str) -> Iterator[str]:
    if cell.endswith("+"):
        yield from (cell[:-1], "")
        return
    between = re.fullmatch(r"(\d[\d,.\s]*?)\s*(?:-|–|to)\s*(\d[\d,.\s]*)", cell)
    yield from between.groups() if between else (cell,)


def _with_currency(facts: dict[str, object]) -> None:
    currency = facts.pop("revenue_currency", None)
    revenue = facts.get("revenue")
    if currency is None or revenue is None:
        return
    ends = revenue if isinstance(revenue, dict) else {"min": revenue, "max": revenue}
    facts["revenue"] = {**ends, "currency": currency}
