"""The deployment files start commands and set variables that the program has."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main
import yaml

from api.cli import app
from api.settings import PREFIX, Settings

DEPLOY = Path(__file__).parents[2] / "scripts" / "deploy"
SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def options_of(command: str) -> set[str]:
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    return {o for p in found.params for o in (*p.opts, *p.secondary_opts)}


def test_compose_names_settings_and_volumes_that_exist() -> None:
    compose = yaml.safe_load(text("compose.yaml"))
    for name, service in compose["services"].items():
        variables = {v for v in service.get("environment", {}) if v.startswith(PREFIX)}
        assert variables <= SETTINGS, name
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        named = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert named <= set(compose["volumes"])
    assert compose["services"]["worker"]["deploy"]["replicas"] == 2
    assert compose["services"]["serve"]["ports"] == ["127.0.0.1:8000:8000"]


def test_every_command_in_the_deployment_files_is_one_of_ours() -> None:
    lines = [
        re.sub(r'[\[\]",]', " ", line)
        for name in ("compose.yaml", "Containerfile", "icp.service")
        for line in text(name).splitlines()
        if re.match(r"\s*(command:|CMD|ExecStart=)", line)
    ]
    used = [part.split() for line in lines for part in re.findall(r"(?<!\w)icp ([^&]+)", line)]
    assert {words[0] for words in used} == {"models", "migrate", "serve", "worker"}
    for command, *rest in used:
        assert {word for word in rest if word.startswith("--")} <= options_of(command)
