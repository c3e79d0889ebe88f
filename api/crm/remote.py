"""What every CRM adapter offers: fields, records by deal id, and writes that may fail one by one.

Trap: what a CRM answers is shown to people, so `CrmFailure` is built from its words without any
secret, and never chained to a library's exception, whose text has headers and bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from pipeline.errors import IcpError

Stored = str | float | bool | None
Kind = Literal["text", "number", "flag", "choice", "choices", "other"]
MOST_IN_A_ROW = 3
"""Deals that may end with a server's error one after the other before the rest is given up."""
T = TypeVar("T")


class CrmFailure(IcpError):
    """A CRM did not do what it was asked; `stops` when no other request can do better."""

    code = "crm"

    def __init__(self, problem: str, *, status: int = 0, stops: bool = False) -> None:
        super().__init__(problem)
        self.status, self.stops = status, stops


@dataclass(frozen=True, slots=True)
class RemoteField:
    """A field of a CRM's object: what it can hold, and whether it may be written."""

    name: str
    kind: Kind
    type: str
    """The CRM's own word for it."""
    writable: bool = True
    unique: bool = False
    options: tuple[str, ...] | None = None
    """The only values of a choice; None: any."""
    longest: int | None = None
    scale: int | None = None
    """Decimals that a number keeps."""
    never_empty: bool = False
    """A checkbox that cannot be left open: its false says nothing."""


@dataclass(frozen=True, slots=True)
class Record:
    """A deal as the CRM has it; values by field, `company.name` for those of its company."""

    id: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Write:
    """Values for a record, or for a new one (`record_id` None)."""

    deal_id: str
    record_id: str | None
    values: Mapping[str, Stored]


@dataclass(slots=True)
class Found:
    """Records by deal id, and for other deals why there is none. `notes` are no failures."""

    records: dict[str, Record] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Crm(Protocol):
    """One CRM. Methods raise CrmFailure."""

    name: str
    most_at_once: int

    def fields(self, related: str = "") -> Mapping[str, RemoteField] | None:
        """Fields of the deal object, or of the one that `related` leads to; None: there is none."""
        ...

    def read(self, match: str, deal_ids: Sequence[str], names: Sequence[str]) -> Found:
        """The deals whose field `match` has these ids, with these fields."""
        ...

    def write(self, match: str, writes: Sequence[Write], arrived: set[str]) -> dict[str, str]:
        """Write all; what went wrong by deal id. `arrived` gets the ids of deals as they are."""
        ...


@contextmanager
def readable(name: str) -> Iterator[None]:
    """What is done with an answer; one of an unknown shape becomes a CrmFailure."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise CrmFailure(f"{name}'s answer cannot be read", stops=True) from error


def chunks(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The items in groups."""
    for start in range(0, len(items), most):
        yield items[start : start + most]


def together_or_alone(
    items: Sequence[T],
    do: Callable[[Sequence[T]], None],
    failed: Callable[[T, CrmFailure], None],
) -> None:
    """Do all at once; when that is refused, each alone, so that one bad item harms no other.

    Raises CrmFailure when nothing more can succeed.
    """
    try:
        do(items)
        return
    except CrmFailure as failure:
        if failure.stops:
            raise
        if len(items) == 1:
            failed(items[0], failure)
            return
    in_a_row = 0
    for item in items:
        try:
            do([item])
            in_a_row = 0
        except CrmFailure as failure:
            if failure.stops:
                raise
            failed(item, failure)
            in_a_row = in_a_row + 1 if failure.status >= 500 else 0
            if in_a_row == MOST_IN_A_ROW:
                raise CrmFailure(
                    f"{failure.problem} ({in_a_row} deals in a row)", status=failure.status,
                    stops=True,
                ) from None  # fmt: skip
