"""What linters cannot check: sizes, what README promises, pinned models, no traces of a machine."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main

from api.cli import app
from api.settings import PREFIX, Settings
from models import registry

ROOT = Path(__file__).parents[1]
FLOORS = ("pipeline", "models", "api")
CODE = sorted(p for floor in (*FLOORS, "scripts", "tests") for p in (ROOT / floor).rglob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT_ENDINGS = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".json", ".tsv", ""}


@pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_grows_over_300_lines(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 300


@pytest.mark.parametrize("name", Settings.model_fields)
def test_readme_names_every_setting(name: str) -> None:
    assert f"`{PREFIX}{name.upper()}`" in README


def test_readme_names_no_setting_that_is_not_there() -> None:
    named = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", README))
    assert named == {name.upper() for name in Settings.model_fields}


def commands() -> list[str]:
    root = typer.main.get_command(app)
    found = []
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [f"{name} {sub}" for sub in inner] if inner else [name]
    return found


@pytest.mark.parametrize("command", commands())
def test_readme_names_every_command(command: str) -> None:
    assert f"icp {command}" in README


def test_every_command_and_option_has_help() -> None:
    root = typer.main.get_command(app)
    leaves = [c for c in root.commands.values() if not hasattr(c, "commands")]  # type: ignore[attr-defined]
    for command in leaves:
        assert command.help
        for parameter in command.params:
            assert getattr(parameter, "help", None), (command.name, parameter.name)


@pytest.mark.parametrize("name", registry.table())
def test_every_model_is_pinned(name: str) -> None:
    row = registry.get_model(name)
    assert row.licence
    assert row.revision
    assert row.repo
    if row.location != "shipped":
        assert row.files
        assert all(re.fullmatch(r"[0-9a-f]{64}", file.sha256) for file in row.files)
        assert all("==" in package for package in row.packages)


def test_readmes_first_block_is_two_commands() -> None:
    block = re.search(r"^```\w*\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert block
    lines = block[1].splitlines()
    assert lines == ["scripts/setup && .venv/bin/icp demo", "scripts/setup --test && scripts/test"]
    assert lines[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def tracked_text() -> list[Path]:
    hidden = {".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
    return [
        p
        for p in ROOT.rglob("*")
        if p.is_file() and p.suffix in TEXT_ENDINGS and not hidden & set(p.relative_to(ROOT).parts)
    ]


def test_no_path_of_a_machine_is_written_down() -> None:
    traces = [re.escape(str(ROOT)) + "/", r"(?<![\w.])/(?:root|work|home/\w+)/\w"]
    pattern = re.compile("|".join(traces))
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_text()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line) and path != Path(__file__)
    ]
    assert not found


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    heavy = {
        "torch",
        "faster_whisper",
        "ctranslate2",
        "spacy",
        "transformers",
        "numpy",
        "av",
        "yaml",
    }
    program = (
        "import sys, resource\n"
        "from typer.testing import CliRunner\n"
        "from api.cli import app\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "result = CliRunner().invoke(app, ['--help'])\n"
        "assert result.exit_code == 0 and 'check' in result.output\n"
        f"print(sorted({heavy!r} & set(sys.modules)))\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(used.ru_utime + used.ru_stime)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported, seconds = done.stdout.splitlines()
    assert imported == "[]"
    assert float(seconds) < 1.0


def test_the_tests_themselves_are_offline() -> None:
    with socket.socket() as probe, pytest.raises(AssertionError, match="tried to connect"):
        probe.connect(("127.0.0.1", 9))


def test_constraints_pin_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "scripts" / "constraints.txt").read_text().splitlines()
    }
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in wanted}  # type: ignore[index]
    assert {name.replace("_", "-") for name in names} <= pinned
