"""Load and check an ICP profile: YAML or JSON in, `Profile` out, every problem with its line.

The file is read as a tree of nodes that know their lines, checked by pydantic models, then by rules
on meaning (`profile_rules.py`). All problems are collected, not only the first. The trap: YAML
reads `[NO, on]` as truth values and `1e6` as text, so messages say how to write what was meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path

import yaml
from pydantic import ValidationError

from pipeline.domain import (
    Condition,
    Criterion,
    Dimension,
    Disqualifier,
    Profile,
    Seller,
    TriggerRule,
)  # fmt: skip
from pipeline.errors import BadProfile
from pipeline.profile_rules import DEFAULT_STATUS, find_conflicts
from pipeline.profile_schema import ConditionIn, DisqualifierIn, ProfileIn, describe_error
from pipeline.profile_tree import Finding, Lines, Tree, read_json, read_yaml

LARGEST_FILE = 128 * 1024
"""Bytes; a profile is a page or two of text."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile file as far as it could be read: the profile when it can be used, and findings."""

    profile: Profile | None
    lines: Lines
    problems: tuple[Finding, ...]


def load_profile(path: str | Path) -> Profile:
    """The profile in a YAML or JSON file; raises BadProfile with every problem and its line."""
    draft = read_draft(path)
    if draft.profile is not None and not draft.problems:
        return draft.profile
    first, *more = draft.problems
    problem = f"line {first.line}: {first.message}"
    if more:
        problem = f"{len(draft.problems)} problems\n" + "\n".join(
            f"  line {p.line}: {p.field}: {p.message}" + (f" ({p.remedy})" if p.remedy else "")
            for p in draft.problems
        )
    raise BadProfile(
        problem,
        file=str(path),
        field=first.field if not more else None,
        remedy=first.remedy if not more else "",
    )


def read_draft(path: str | Path) -> Draft:
    """Read a profile file and find everything that is wrong with it; never raises."""
    path = Path(path)
    text = _read_text(path)
    if isinstance(text, Finding):
        return Draft(None, Lines(), (text,))
    tree = read_json(text) if _is_json(path, text) else read_yaml(text)
    return draft_from_tree(tree)


def draft_from_tree(tree: Tree) -> Draft:
    """Check a tree that was read from a file or sent by a program."""
    if tree.problems and tree.value is None:
        return Draft(None, tree.lines, tuple(tree.problems))
    if not isinstance(tree.value, dict):
        wrong = Finding(
            1, "error", "", "a profile is a mapping with the fields id, name, seller, criteria",
            "start the file with `id: my-profile`",
        )  # fmt: skip
        return Draft(None, tree.lines, (*tree.problems, wrong))
    problems = list(tree.problems)
    try:
        parsed = ProfileIn.model_validate(tree.value)
    except ValidationError as error:
        problems += [describe_error(e, tree.value, tree.lines) for e in error.errors()]
        problems += find_conflicts(tree.value, tree.lines)
        return Draft(None, tree.lines, _ordered(problems))
    problems += find_conflicts(tree.value, tree.lines)
    return Draft(None if problems else _to_domain(parsed), tree.lines, _ordered(problems))


def profile_from_mapping(data: Mapping[str, object], *, name: str = "profile") -> Profile:
    """The profile in a mapping (a request's body); raises BadProfile with every problem."""
    draft = draft_from_tree(Tree(dict(data), Lines(), []))
    if draft.profile is None or draft.problems:
        first = draft.problems[0]
        text = "; ".join(f"{p.field}: {p.message}" for p in draft.problems[1:])
        problem = f"{first.message}; also {text}" if text else first.message
        raise BadProfile(problem, file=name, field=first.field, remedy=first.remedy)
    return draft.profile


def _ordered(problems: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: (p.line, p.field)))


def _read_text(path: Path) -> str | Finding:
    def wrong(message: str, remedy: str) -> Finding:
        return Finding(1, "error", "", message, remedy)

    try:
        size = path.stat().st_size
        if path.is_dir():
            return wrong("is a folder, not a profile", "name a .yaml or .json file")
        if size > LARGEST_FILE:
            return wrong(
                f"is too large for a profile ({size:,} bytes, at most {LARGEST_FILE:,})",
                "is this the right file?",
            )
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return wrong("there is no such file", "check the path")
    except OSError as error:
        return wrong(f"cannot be read: {error.strerror}", "check the file's permissions")
    except UnicodeDecodeError as error:
        return wrong(f"is not UTF-8 text (byte {error.start})", "save the file as UTF-8")
    if not text.strip():
        return wrong("the file is empty", "a profile needs at least id, name, seller and criteria")
    return text


def _is_json(path: Path, text: str) -> bool:
    if path.suffix.lower() == ".json":
        return True
    if path.suffix.lower() in (".yaml", ".yml") or not text.lstrip().startswith("{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _to_domain(parsed: ProfileIn) -> Profile:
    return Profile(
        id=parsed.id,
        name=parsed.name or parsed.id,
        seller=Seller(
            parsed.seller.company, parsed.seller.product, tuple(parsed.seller.competitors)
        ),
        criteria=tuple(
            Criterion(rule.id, _condition(rule), rule.weight, rule.required)
            for rule in parsed.criteria
        ),
        triggers=tuple(
            TriggerRule(rule.id, rule.kind, rule.statement, rule.within_months, rule.weight)
            for rule in parsed.triggers
        ),
        disqualifiers=tuple(
            Disqualifier(rule.id, _blocker(rule), rule.hard) for rule in parsed.disqualifiers
        ),
        tiers={letter: getattr(parsed.tiers, letter) for letter in ("A", "B", "C")},
        version=parsed.version,
    )


def _condition(rule: ConditionIn) -> Condition:
    dimension = Dimension(rule.dimension) if rule.dimension else None
    status = rule.status or (DEFAULT_STATUS.get(dimension, ()) if dimension else ())
    return Condition(
        dimension=dimension,
        any_of=_values(rule.any_of, dimension),
        all_of=_values(rule.all_of, dimension),
        none_of=_values(rule.none_of, dimension),
        min=rule.min,
        max=rule.max,
        currency=rule.currency.upper() if rule.currency else None,
        function=rule.function,
        kind=rule.kind,
        status=tuple(status),
        statement=" ".join(rule.statement.split()) if rule.statement else None,
    )


def _blocker(rule: DisqualifierIn) -> Condition:
    """A bare kind of blocker gets the sentence whose denial clears it (`data/blockers.yaml`)."""
    condition = _condition(rule)
    if condition.dimension is None and condition.kind and not condition.statement:
        return replace(condition, statement=load_blocker_statements().get(condition.kind))
    return condition


@lru_cache(maxsize=1)
def load_blocker_statements() -> Mapping[str, str]:
    """For each kind of blocker the sentence that says an account has it, read once a process."""
    text = resources.files("pipeline").joinpath("data/blockers.yaml").read_text(encoding="utf-8")
    return {str(kind): str(sentence) for kind, sentence in yaml.safe_load(text).items()}


def _values(values: list[str], dimension: Dimension | None) -> tuple[str, ...]:
    """Values without doubles; those of a fixed vocabulary in its spelling."""
    fixed = dimension in (Dimension.BUSINESS_MODEL, Dimension.GROWTH_STAGE)
    clean = [re.sub(r"[\s-]+", "_", v.strip().lower()) if fixed else v.strip() for v in values]
    return tuple(dict.fromkeys(clean))
