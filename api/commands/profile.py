"""`icp profile lint`: what is wrong with a profile, or too broad, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from api.settings import Settings
from api.wiring import open_services
from api.words import plain
from pipeline.lint import lint_profile


def run_lint(paths: Sequence[Path], settings: Settings) -> int:
    """Print what was found; 2 when a profile cannot be used, else 0 (advice is no failure)."""
    console = Console(soft_wrap=True)
    places = open_services(settings).toolbox.places
    status = 0
    for path in paths:
        findings = lint_profile(path, places=places)
        for finding in findings:
            style = "red" if finding.severity == "error" else None
            line = plain(f"{path}: {finding}")
            console.print(line, style=style, markup=False, highlight=False)
        errors = sum(finding.severity == "error" for finding in findings)
        advice = len(findings) - errors
        status = 2 if errors else status
        verdict = "cannot be used" if errors else "can be used"
        found = f"{_count(errors, 'error')}, {_count(advice, 'warning')}" if findings else "nothing"
        console.print(f"{path}: {verdict}: {found} found", markup=False, highlight=False)
    return status


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
