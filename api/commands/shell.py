"""What all commands share on the command line: common options, and how a command ends badly.

Trap: nothing heavy may be imported here, for `icp --help` reads this file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from pipeline.errors import BadProfile, BadUsage, Cancelled, IcpError

FAILED, USAGE, STOPPED = 1, 2, 130

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")]
Download = Annotated[
    bool, typer.Option("--allow-download", help="Allow fetching a model from a model hub.")
]
ModelName = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME|FOLDER", help="Speech model: base, tiny.en, other name."),
]


@contextmanager
def guarded(debug: bool) -> Iterator[None]:
    """Turn every way a command can end badly into one line on standard error and a status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without UTF-8 gets "?" rather than an error
            stream.reconfigure(errors="replace")
    try:
        yield
    except (KeyboardInterrupt, Cancelled):
        typer.echo("icp: stopped", err=True)
        raise typer.Exit(STOPPED) from None
    except IcpError as error:
        if debug:
            raise
        from api.words import plain

        typer.echo(f"icp: {plain(str(error))}", err=True)
        bad_call = isinstance(error, BadUsage | BadProfile)
        raise typer.Exit(USAGE if bad_call else FAILED) from None
    except BrokenPipeError:
        _forget_stdout()
        raise typer.Exit(FAILED) from None


def _forget_stdout() -> None:
    """A reader such as `head` went away: keep Python from complaining again at exit."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
