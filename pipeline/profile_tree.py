"""A profile file as plain values plus the line of every field, read without building any object.

YAML is composed into nodes only: no tags, no aliases (they are how a small file becomes a huge
one), no doubled keys. The trap: YAML's own loader silently keeps the last of two equal keys.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Literal

import yaml

Path = tuple[str | int, ...]
DEEPEST = 12
PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp")
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a profile: its line and field, whether it can still be used, what to do."""

    line: int
    severity: Literal["error", "warning"]
    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"line {self.line}: {self.severity}: "
        text = f"{where}{self.field}: {self.message}" if self.field else where + self.message
        return f"{text} ({self.remedy})" if self.remedy else text


class Lines(dict[Path, int]):
    """The line of each field by its path; a path that is not there has its parent's line."""

    def of(self, path: Path) -> int:
        """The line of a field, or of the nearest field above it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self:
                return self[path[:length]]
        return 1


@dataclass(slots=True)
class Tree:
    """Plain values, their lines, and what was wrong with the file's form."""

    value: object
    lines: Lines
    problems: list[Finding] = field(default_factory=list)


def dotted(path: Path) -> str:
    """A path as people write it: criteria[2].min."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_yaml(text: str) -> Tree:
    """The values and lines of a YAML text."""
    tree = Tree(None, Lines())
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise RecursionError
            if isinstance(event, yaml.AliasEvent):
                tree.problems.append(_problem(
                    _line(event.start_mark), "", f"uses the alias *{event.anchor}",
                    "write the values out; aliases are not supported",
                ))  # fmt: skip
                return tree
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            tree.value = _plain(node, (), tree)
    except yaml.YAMLError as error:
        tree.problems.append(_yaml_problem(error))
        tree.value = None
    except RecursionError:
        tree.problems.append(_problem(1, "", "is nested too deeply", "a profile has few levels"))
        tree.value = None
    return tree


def read_json(text: str) -> Tree:
    """The values and lines of a JSON text."""
    tree = Tree(None, Lines())
    try:
        tree.value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        tree.problems.append(
            _problem(error.lineno, "", f"is no JSON: {error.msg}", "mend the line")
        )
        return tree
    except (ValueError, RecursionError) as error:
        text_of = str(error) if isinstance(error, ValueError) else "is nested too deeply"
        tree.problems.append(_problem(1, "", text_of, "write finite numbers and few levels"))
        return tree
    # JSON without tabs is YAML, whose reader knows the lines and the doubled keys.
    shadow = read_yaml(text.replace("\t", " "))
    tree.lines = shadow.lines
    tree.problems += [p for p in shadow.problems if "twice" in p.message]
    return tree


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON or a profile knows")


def _plain(node: yaml.Node, path: Path, tree: Tree) -> object:
    tree.lines[path] = _line(node.start_mark)
    if node.tag not in PLAIN_TAGS:
        tree.problems.append(_problem(
            tree.lines[path], dotted(path), f"has the tag {node.tag}", "write plain values"
        ))  # fmt: skip
        return None
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, tree)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), tree) for i, child in enumerate(node.value)]
    return _plain_scalar(node, path, tree)


def _plain_mapping(node: yaml.MappingNode, path: Path, tree: Tree) -> dict[str, object]:
    result: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = _line(key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            tree.problems.append(
                _problem(line, dotted(path), "has a field name that is no text", "name the field")
            )
            continue
        key = str(key_node.value)
        if key in result:
            tree.problems.append(_problem(
                line, dotted((*path, key)), f"the field {key} is there twice", "keep one of them"
            ))  # fmt: skip
            continue
        result[key] = _plain(value_node, (*path, key), tree)
        tree.lines[(*path, key)] = line
    return result


def _plain_scalar(node: yaml.Node, path: Path, tree: Tree) -> object:
    if node.tag.endswith(":timestamp"):
        return str(node.value)
    try:
        value: object = yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, LookupError, OverflowError, yaml.YAMLError):
        return str(node.value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(node.value)
    return value


def _line(mark: object) -> int:
    return int(getattr(mark, "line", 0)) + 1


def _yaml_problem(error: yaml.YAMLError) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    remedy = "check indentation, colons, quotes and brackets near this line"
    if "\\t" in what:
        remedy = "indent with spaces, not with tabs"
    return _problem(mark.line + 1 if mark else 1, "", f"is no YAML: {what}", remedy)


def _problem(line: int, where: str, message: str, remedy: str) -> Finding:
    return Finding(line, "error", where, message, remedy)
