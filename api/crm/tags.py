"""An assessment (contract, section 4) → the values a CRM may get, each under a fixed name.

There is no time in them: the same assessment gives the same tags, so that a second push changes
nothing. Quotes are the words of a call; they are shown and sent, never logged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from api.words import plain
from pipeline.errors import InputError
from pipeline.json_fields import Fields, object_of

Value = str | float | bool | tuple[str, ...] | None
SourceKind = Literal["word", "text", "number", "flag", "ids", "lines"]
SOURCES: Mapping[str, SourceKind] = {
    "tier": "word", "fit": "number", "fit_percent": "number", "coverage": "number",
    "coverage_percent": "number", "engagement": "number", "quadrant": "word",
    "disqualified": "flag", "disqualifiers": "ids", "triggers": "ids", "met": "ids",
    "not_met": "ids", "conflicting": "ids", "unknown": "ids", "evidence": "lines",
    "open_questions": "lines", "profile": "text", "calls": "number",
}  # fmt: skip
WORDS = {"tier": ("A", "B", "C", "D"), "quadrant": ("pursue", "warm_up", "distraction", "drop")}
MOST_LINES = 6
LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Tags:
    """What is said of one deal, by the names in SOURCES."""

    deal_id: str
    profile_id: str
    values: Mapping[str, Value]
    account: str | None = None


def read_tags(data: object, file: str, account: str | None = None) -> Tags:
    """The tags in an assessment's JSON; raises InputError that names the field."""
    fields = object_of(data, file)
    deal_id = fields.needed_text("deal_id").strip()
    profile = fields.inside("profile")
    profile_id = profile.needed_text("id")
    version = profile.whole("version")
    criteria, triggers = _statuses(fields, "criteria"), _statuses(fields, "triggers")
    disqualifiers = _statuses(fields, "disqualifiers")
    fit, coverage = _share(fields, "fit"), _share(fields, "coverage")
    questions = [plain(q.needed_text("question")) for q in fields.objects("open_questions")]
    values: dict[str, Value] = {
        "tier": fields.one_of("tier", WORDS["tier"]),
        "fit": fit,
        "fit_percent": None if fit is None else float(round(fit * 100)),
        "coverage": coverage,
        "coverage_percent": None if coverage is None else float(round(coverage * 100)),
        "engagement": _share(fields, "engagement"),
        "quadrant": fields.one_of("quadrant", WORDS["quadrant"]),
        "disqualified": fields.flag("disqualified"),
        "disqualifiers": disqualifiers.get("raised", ()),
        "triggers": triggers.get("detected", ()),
        **{s: criteria.get(s, ()) for s in ("met", "not_met", "conflicting", "unknown")},
        "evidence": tuple(_evidence(fields))[:MOST_LINES],
        "open_questions": tuple(questions[:MOST_LINES]),
        "profile": profile_id if version is None else f"{profile_id} v{version}",
        "calls": float(len(fields.texts("calls"))),
    }
    return Tags(deal_id, profile_id, values, account)


def _share(fields: Fields, name: str) -> float | None:
    value = fields.number(name, least=0.0, most=1.0)
    return None if value is None else round(value, 2)


def _statuses(fields: Fields, name: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for rule in fields.objects(name):
        status = rule.needed_text("status")
        found[status] = (*found.get(status, ()), rule.needed_text("id"))
    return found


def _evidence(fields: Fields) -> Iterator[str]:
    """Rules with their words: what rules the account out first, then events, then the surest."""
    wanted = (
        ("disqualifiers", "raised"), ("triggers", "detected"), ("criteria", "met"),
        ("criteria", "not_met"),
    )  # fmt: skip
    for name, status in wanted:
        rules = [r for r in fields.objects(name) if r.text("status") == status]
        for rule in sorted(rules, key=lambda r: -(r.number("score") or 0.0)):
            quote = plain(rule.text("quote") or "", LONGEST_QUOTE)
            if quote:
                yield f"{status.replace('_', ' ')} {rule.needed_text('id')}: “{quote}”"


def one_profile(found: list[Tags], wanted: str | None, file: str) -> list[Tags]:
    """The tags of one profile, one for each deal; raises InputError when that is not so."""
    profiles = sorted({tags.profile_id for tags in found})
    if wanted is not None and wanted not in profiles:
        known = ", ".join(profiles) or "none"
        raise InputError(f"has no assessment against {wanted!r}", file=file, remedy=f"has: {known}")
    if wanted is None and len(profiles) > 1:
        raise InputError(
            f"has assessments against {', '.join(profiles)}", file=file,
            remedy="choose one with --profile",
        )  # fmt: skip
    chosen = [tags for tags in found if wanted in (None, tags.profile_id)]
    seen: set[str] = set()
    for tags in chosen:
        if tags.deal_id in seen:
            raise InputError(f"has the deal {tags.deal_id!r} twice", file=file)
        seen.add(tags.deal_id)
    return chosen
