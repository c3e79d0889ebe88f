"""`icp demo`: the sample call that comes with the product, checked with the real models."""

from __future__ import annotations

from contextlib import ExitStack
from importlib.resources import as_file, files

from rich.console import Console

from api.commands.check import CheckOptions, run_check
from api.settings import Settings

RECORDING, PROFILE = "discovery.ogg", "profile.yaml"


def run_demo(settings: Settings, *, debug: bool = False) -> int:
    """Check the sample recording against the sample profile; the exit status of `icp check`."""
    folder = files("api") / "demo"
    with ExitStack() as stack:
        recording = stack.enter_context(as_file(folder / RECORDING))
        profile = stack.enter_context(as_file(folder / PROFILE))
        Console(stderr=True).print(
            f"icp: what `icp check {RECORDING} --profile {PROFILE}` shows, in {recording.parent}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        options = CheckOptions(files=(recording,), profiles=(profile,), debug=debug)
        return run_check(options, settings)
