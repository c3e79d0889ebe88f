"""A folder of checked calls, as `icp check --json` and `icp batch` write them → analyses by deal.

A file that holds no result of a check (a table, a summary) is passed over; one that is damaged is
named and stops nothing. Trap: without `deal_id` nothing joins two calls, so each is a deal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.results import result_from_json, statement_to_json
from pipeline.domain import CallAnalysis, Check, Profile
from pipeline.errors import BadUsage, InputError
from pipeline.formats import check_result_to_json, check_to_json
from pipeline.json_fields import Json

MOST_BYTES = 1024 * 1024 * 1024
Tell = Callable[[str], None]
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """One checked call, and the file that its result is in."""

    file: Path
    analysis: CallAnalysis


@dataclass(frozen=True, slots=True)
class CheckedDeal:
    """The calls of one deal in the order in which they were held."""

    id: str
    calls: tuple[CheckedCall, ...]

    @property
    def analyses(self) -> tuple[CallAnalysis, ...]:
        """What the calls gave."""
        return tuple(call.analysis for call in self.calls)


@dataclass(slots=True)
class Checked:
    """The calls that were found, and how many files could not be read."""

    calls: list[CheckedCall]
    failed: int = 0


def read_checked(place: Path, tell: Tell, *, words: bool = True) -> Checked:
    """All results in a folder and below, or in one file; problems are told, one line each.

    Without `words` the times of single words are left out, which no check needs.
    """
    if not place.exists():
        raise BadUsage("does not exist", file=str(place), remedy="name the folder of the results")
    files = sorted(place.rglob("*.json")) if place.is_dir() else [place]
    checked = Checked([])
    seen: dict[str, Path] = {}
    for file in files:
        if file.name.startswith("."):
            continue
        try:
            for call in _read(file, words):
                call_id = call.analysis.transcript.call_id
                if call_id in seen:
                    tell(f"{file}: the call {call_id!r} is in {seen[call_id]} too; passed over")
                    continue
                seen[call_id] = file
                checked.calls.append(call)
        except InputError as error:
            checked.failed += 1
            tell(f"failed: {error}")
    if not checked.calls and not checked.failed:
        raise BadUsage(
            "holds no result of a check", file=str(place),
            remedy="write some with `icp check FILE… --profile P.yaml --json OUT.json`",
        )  # fmt: skip
    return checked


def checked_to_json(
    file: str, analysis: CallAnalysis, checks: Sequence[tuple[Profile, Check]]
) -> Json:
    """What is written for one call: the contract's fields, and the file they are of."""
    result = check_result_to_json(analysis.transcript, analysis.signals, checks[0][1])
    if len(checks) > 1:
        result["checks"] = {profile.id: check_to_json(check) for profile, check in checks}
    statements = [statement_to_json(found) for found in analysis.statements]
    made_by = dict(analysis.made_by)
    return {"file": file, **result, "statements": statements, "made_by": made_by}


def by_deal(calls: Sequence[CheckedCall]) -> tuple[CheckedDeal, ...]:
    """The calls by deal; those without a date come last, in the order of their files."""
    deals: dict[str, list[CheckedCall]] = {}
    for call in calls:
        transcript = call.analysis.transcript
        deals.setdefault(transcript.deal_id or transcript.call_id, []).append(call)
    return tuple(
        CheckedDeal(deal, tuple(sorted(found, key=_when))) for deal, found in sorted(deals.items())
    )


def _when(call: CheckedCall) -> datetime:
    return call.analysis.transcript.recorded_at or _LAST


def _read(file: Path, words: bool) -> Iterator[CheckedCall]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise InputError("is larger than 1 GiB", file=str(file), remedy="split it")
        data: object = json.loads(file.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"is no valid JSON: {error}", file=str(file)) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=str(file)) from error
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict) and "transcript" in item and "signals" in item:
            if not words:
                _drop_words(item["transcript"])
            analysis = result_from_json({"made_by": {}, **item}, str(file)).analysis
            call_id = analysis.transcript.call_id
            if any(signal.call_id != call_id for signal in analysis.signals):
                raise InputError(f"some are not of the call {call_id!r}", file=str(file),
                                 field="signals", remedy="check the call again")  # fmt: skip
            yield CheckedCall(file, analysis)


def _drop_words(transcript: object) -> None:
    turns = transcript.get("turns") if isinstance(transcript, dict) else None
    for turn in turns if isinstance(turns, list) else ():
        if isinstance(turn, dict):
            turn.pop("words", None)
