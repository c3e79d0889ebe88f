"""A profile as text: written as YAML to be edited, read again, and compared line by line.

What is stored is the profile's content, not its text, so comments are lost when it is saved. Trap:
JSON is taken too, and only text that is whole JSON is read as such.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from pipeline.lint import lint_loaded
from pipeline.ports import PlaceIndex
from pipeline.profile import LARGEST_FILE, Draft, draft_from_tree
from pipeline.profile_tree import Finding, Lines, read_json, read_yaml

NEAR = 3
"""Lines that are shown around a change."""


@dataclass(frozen=True, slots=True)
class Read:
    """A text as far as it could be read: its content when it can be used, and the findings."""

    body: Mapping[str, object] | None
    draft: Draft
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many findings keep it from being used."""
        return sum(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: `same`, `gone`, `new` or `gap`; its number on both sides."""

    kind: str
    text: str
    old: int | None = None
    new: int | None = None


class _Writer(yaml.SafeDumper):
    """Writes rules on one line each."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Line(dict[str, object]):
    """A mapping that stands on one line."""


_Writer.add_representer(
    _Line,
    lambda writer, data: writer.represent_mapping(
        "tag:yaml.org,2002:map", data.items(), flow_style=True
    ),
)


def write_text(body: Mapping[str, object]) -> str:
    """The profile as YAML, each rule on a line."""
    shown: dict[str, object] = {}
    for name, value in body.items():
        if isinstance(value, list):
            shown[name] = [_Line(item) if isinstance(item, dict) else item for item in value]
        elif isinstance(value, dict):
            shown[name] = _Line(value)
        else:
            shown[name] = value
    text: str = yaml.dump(shown, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110)
    return text


def example_text() -> str:
    """A profile to start from."""
    path = resources.files("pipeline").joinpath("data/profiles/example.yaml")
    return path.read_text(encoding="utf-8")


def read_text(text: str, places: PlaceIndex | None = None) -> Read:
    """The profile in a text, and everything wrong with it, with advice; never raises."""
    if len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        wrong = Finding(1, "error", "", "is too large for a profile", "it is a page or two of text")
        return Read(None, Draft(None, Lines(), (wrong,)), (wrong,))
    tree = read_json(text) if _is_json(text) else read_yaml(text)
    draft = draft_from_tree(tree)
    if draft.profile is None or not isinstance(tree.value, dict):
        return Read(None, draft, draft.problems)
    return Read(tree.value, draft, tuple(lint_loaded(draft.profile, draft.lines, places)))


def compare(old: str, new: str) -> list[DiffLine]:
    """What changed between two texts, with some lines around it."""
    left, right = old.splitlines(), new.splitlines()
    found: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(NEAR)):
        if number or group[0][1]:
            found.append(DiffLine("gap", ""))
        for tag, a, b, c, d in group:
            if tag == "equal":
                found += [DiffLine("same", left[i], i + 1, c + i - a + 1) for i in range(a, b)]
                continue
            found += [DiffLine("gone", left[i], i + 1) for i in range(a, b)]
            found += [DiffLine("new", right[j], None, j + 1) for j in range(c, d)]
    return found


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
