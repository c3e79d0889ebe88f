"""The mapping file (YAML): which CRM field gets which tag, and which facts come from where.

`lint_mapping` finds everything wrong, with lines, without a connection; `load_mapping` refuses what
has an error. Field names go into queries, so they are plain identifiers and nothing else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.crm.tags import SOURCES
from api.deal_rows import COLUMNS, OUTCOMES
from pipeline.deals.facts import NAMES
from pipeline.errors import BadUsage
from pipeline.profile_tree import Finding, Lines, Tree, dotted, read_yaml
from pipeline.profile_tree import Path as FieldPath

CRMS = {"hubspot": ("deals", "hs_object_id"), "salesforce": ("Opportunity", "Id")}
"""CRM → the object of a deal and the field of its id."""
KEYS = ("crm", "object", "match", "missing", "create", "push", "pull")
MISSING = ("fail", "skip", "create")
TARGETS = tuple(
    name for name in (*COLUMNS, *NAMES, "facts.team", "revenue_currency")
    if name not in ("deal_id", "team_size")
)  # fmt: skip
STANDARD = {
    "hubspot": ("amount", "dealname", "dealstage", "pipeline", "closedate", "description",
                "hubspot_owner_id", "deal_currency_code"),
    "salesforce": ("Amount", "Name", "StageName", "CloseDate", "Description", "OwnerId",
                   "AccountId", "CurrencyIsoCode", "Probability", "NextStep"),
}  # fmt: skip
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}(\.[A-Za-z][A-Za-z0-9_]{0,99})?")


@dataclass(frozen=True, slots=True)
class PushField:
    """A CRM field, the tag it gets, and whether what is in it may be written over."""

    field: str
    source: str
    overwrite: bool
    line: int


@dataclass(frozen=True, slots=True)
class PullField:
    """What a deal gets from a CRM field (`company.name`: of its company), by a table of words."""

    target: str
    field: str
    values: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class CrmMapping:
    """A mapping file that can be used."""

    file: str
    crm: str
    object: str
    match: str
    missing: str
    create: Mapping[str, str]
    push: tuple[PushField, ...]
    pull: tuple[PullField, ...]
    lines: Lines = field(default_factory=Lines)

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Raise BadUsage with these findings, if there are any."""
        told = "; ".join(str(finding) for finding in findings)
        if told:
            raise BadUsage(told, file=self.file)


def load_mapping(path: Path) -> CrmMapping:
    """The mapping in a file; raises BadUsage with every error and its line."""
    mapping, findings = lint_mapping(path)
    errors = [f for f in findings if f.severity == "error"]
    if errors or mapping is None:
        raise BadUsage("; ".join(str(f) for f in errors), file=str(path))
    return mapping


def lint_mapping(path: Path) -> tuple[CrmMapping | None, list[Finding]]:
    """The mapping, unless it has errors, and everything there is to say about it, by line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadUsage(f"cannot be read: {reason}", file=str(path)) from None
    reader = _Reader(read_yaml(text), str(path))
    mapping = reader.read()
    findings = sorted(reader.findings, key=lambda f: (f.line, f.field))
    bad = any(f.severity == "error" for f in findings)
    return (None if bad else mapping), findings


class _Reader:
    def __init__(self, tree: Tree, file: str) -> None:
        self.file, self.lines, self.findings = file, tree.lines, list(tree.problems)
        self.root = tree.value if isinstance(tree.value, dict) else {}
        if not isinstance(tree.value, dict) and not tree.problems:
            self.fail((), "is no mapping", "see README, CRM, for an example")

    def fail(self, path: FieldPath, message: str, remedy: str = "", *, warn: bool = False) -> None:
        severity = "warning" if warn else "error"
        self.findings.append(
            Finding(self.lines.of(path), severity, dotted(path), message, remedy)  # type: ignore[arg-type]
        )

    def read(self) -> CrmMapping | None:
        if self.findings:
            return None
        self._only(self.root, KEYS, ())
        crm = self._word("crm", tuple(CRMS), None)
        if crm is None:
            return None
        usual_object, usual_match = CRMS[crm]
        mapping = CrmMapping(
            self.file, crm,
            self._name("object", usual_object), self._name("match", usual_match),
            self._word("missing", MISSING, "fail") or "fail",
            {name: self._text(("create", name), v) for name, v in self._inside("create").items()},
            tuple(self._push(name, value) for name, value in self._inside("push").items()),
            tuple(self._pull(name, value) for name, value in self._inside("pull").items()),
            self.lines,
        )  # fmt: skip
        self._together(mapping)
        return mapping

    def _together(self, mapping: CrmMapping) -> None:
        if not mapping.push and not mapping.pull:
            self.fail((), "maps nothing", "write push, pull or both")
        if mapping.crm == "hubspot" and mapping.object != "deals":
            self.fail(("object",), "HubSpot's object is deals", "leave object out")
        for name in mapping.create:
            if not _FIELD.fullmatch(name):
                self.fail(("create", name), "is no field name")
        own = CRMS[mapping.crm][1]
        if mapping.missing == "create" and mapping.match == own:
            self.fail(
                ("match",), f"{own} is given by the CRM, so a deal made once is not found again",
                "match a unique field of your own",
            )  # fmt: skip
        if mapping.create and mapping.missing != "create":
            self.fail(("create",), "means nothing without missing: create", warn=True)
        pulled = {found.field for found in mapping.pull}
        for found in mapping.push:
            path = ("push", found.field)
            if found.field in (mapping.match, own):
                self.fail(path, "is how the deal is found", "push into another field")
            if found.field in pulled:
                self.fail(path, "is pulled too: the CRM would tell us our own answer", warn=True)
            if found.overwrite and found.field in STANDARD[mapping.crm]:
                self.fail(
                    path, "is a field that people fill, and overwrite is true",
                    "push into a field of your own", warn=True,
                )  # fmt: skip

    def _push(self, name: str, value: object) -> PushField:
        path = ("push", name)
        given = value if isinstance(value, dict) else {"from": value}
        self._only(given, ("from", "overwrite"), path)
        if not _FIELD.fullmatch(name):
            self.fail(path, "is no field name", "use the name in the API: letters, digits and _")
        source, overwrite = given.get("from"), given.get("overwrite", False)
        if not isinstance(source, str) or source not in SOURCES:
            self.fail(path, f"unknown tag {str(source)[:40]!r}", _near(str(source), SOURCES))
        if not isinstance(overwrite, bool):
            self.fail((*path, "overwrite"), "expected true or false")
        return PushField(name, str(source), overwrite is True, self.lines.of(path))

    def _pull(self, name: str, value: object) -> PullField:
        path = ("pull", name)
        given = value if isinstance(value, dict) else {"field": value}
        self._only(given, ("field", "values"), path)
        if name not in TARGETS and not re.fullmatch(r"team_size\.[a-z][a-z_ ]{0,60}", name):
            self.fail(path, "is nothing that a deal has", _near(name, TARGETS))
        source, values = given.get("field"), given.get("values", {})
        if not isinstance(source, str) or not _SOURCE.fullmatch(source):
            self.fail(path, f"{str(source)[:60]!r} is no field name", "write it as company.name")
        if not isinstance(values, dict):
            self.fail((*path, "values"), "expected words, each with what it becomes")
            values = {}
        table = {str(k).lower(): self._text((*path, "values", k), v) for k, v in values.items()}
        if name == "outcome":
            if not table:
                self.fail(path, "needs values", "values: {closedwon: won, closedlost: lost}")
            for key, word in table.items():
                if word not in (*OUTCOMES, "open"):
                    self.fail((*path, "values", key), f"unknown outcome {word[:40]!r}",
                              f"use {', '.join(OUTCOMES)} or open")  # fmt: skip
        return PullField(name, str(source), table, self.lines.of(path))

    def _inside(self, key: str) -> dict[str, object]:
        value = self.root.get(key)
        if value is not None and not isinstance(value, dict):
            self.fail((key,), "expected fields, each with its value")
        return value if isinstance(value, dict) else {}

    def _only(self, given: Mapping[str, object], keys: tuple[str, ...], path: FieldPath) -> None:
        for key in given:
            if key not in keys:
                self.fail((*path, key), "is unknown", _near(key, keys))

    def _word(self, key: str, words: tuple[str, ...], usual: str | None) -> str | None:
        value = self.root.get(key, usual)
        if value is None:
            self.fail((), f"{key} is missing", f"write {key}: {' or '.join(words)}")
        elif value not in words:
            self.fail((key,), f"unknown {key} {str(value)[:40]!r}", f"use {', '.join(words)}")
            return None
        return None if value is None else str(value)

    def _name(self, key: str, usual: str) -> str:
        value = self.root.get(key, usual)
        if not isinstance(value, str) or not _FIELD.fullmatch(value):
            self.fail((key,), f"{str(value)[:60]!r} is no name of the API")
            return usual
        return value

    def _text(self, path: FieldPath, value: object) -> str:
        if value is None or isinstance(value, dict | list):
            self.fail(path, "expected a text")
            return ""
        return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _near(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"
