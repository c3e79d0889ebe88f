"""`icp`: the command line. Only options and help live here; `api/commands/` does the work.

Nothing heavy is imported before a command runs, so `icp --help` is quick. Exit status: 0 done,
1 some files failed, 2 bad usage or bad profile, 130 stopped by Ctrl-C. Trap: Typer turns Ctrl-C
into a status of its own, so `guarded` (`commands/shell.py`) has to see it first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.crm_options import crm_app
from api.commands.deal_options import add_deal_commands, deals_app
from api.commands.shell import Debug, Download, ModelName, guarded
from api.commands.user_options import users_app

app = typer.Typer(
    name="icp",
    help="What a sales call says about your ideal customer profile, with the proof for it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
profile_app = typer.Typer(help="Work on ideal customer profiles.", no_args_is_help=True)
app.add_typer(profile_app, name="profile")
app.add_typer(deals_app, name="deals")
app.add_typer(crm_app, name="crm")
app.add_typer(users_app, name="users")
add_deal_commands(app, profile_app)


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Audio, video or transcripts (.json).")
    ],
    profile: Annotated[
        list[Path],
        typer.Option("--profile", "-p", metavar="P.yaml", help="Profile; may be given repeatedly."),
    ],
    json_out: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="Write transcript, signals and check as JSON."),
    ] = None,
    transcript_out: Annotated[
        Path | None,
        typer.Option(
            "--transcript-out",
            metavar="T.json",
            help="Write the transcript; a folder when there are several files.",
        ),
    ] = None,
    rep: Annotated[
        str | None,
        typer.Option(
            "--rep", metavar="WHO", help="Your side: a speaker's name or id, or a channel (1, 2)."
        ),
    ] = None,
    model: ModelName = None,
    language: Annotated[
        str | None,
        typer.Option("--language", metavar="xx", help="Its code (en); else detected."),
    ] = None,
    allow_download: Download = False,
    debug: Debug = False,
) -> None:
    """Hold calls against a profile: what fits, what does not, what to ask."""
    with guarded(debug):
        from api.commands.check import CheckOptions, run_check
        from api.settings import load_settings

        settings = load_settings(
            model=model, language=language, allow_download=allow_download or None
        )
        options = CheckOptions(
            files=tuple(files),
            profiles=tuple(profile),
            json_out=json_out,
            transcript_out=transcript_out,
            rep=rep,
            debug=debug,
        )
        status = run_check(options, settings)
    raise typer.Exit(status)


@app.command()
def batch(
    place: Annotated[
        Path, typer.Argument(metavar="DIR_OR_MANIFEST", help="Folder of calls, or a CSV of them.")
    ],
    profile: Annotated[
        list[Path],
        typer.Option("--profile", "-p", metavar="P.yaml", help="Profile; may be given repeatedly."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of results and tables.")
    ],
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", help="Processes that work at the same time.")
    ] = 1,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed in an earlier run.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how much there is, and how long it takes.")
    ] = False,
    model: ModelName = None,
    language: Annotated[
        str | None,
        typer.Option("--language", metavar="xx", help="Of recordings, its code; else detected."),
    ] = None,
    allow_download: Download = False,
    debug: Debug = False,
) -> None:
    """Check an archive of calls: results, tables and a summary; goes on where it was stopped."""
    with guarded(debug):
        from api.commands.batch import BatchOptions, run_batch
        from api.settings import load_settings

        settings = load_settings(
            model=model, language=language, allow_download=allow_download or None
        )
        options = BatchOptions(
            place, tuple(profile), out, workers, retry_failed=retry_failed, dry_run=dry_run
        )
        status = run_batch(options, settings)
    raise typer.Exit(status)


@app.command()
def demo(model: ModelName = None, allow_download: Download = False, debug: Debug = False) -> None:
    """Check a sample call (two people, telephone quality) against a sample profile."""
    with guarded(debug):
        from api.commands.demo import run_demo
        from api.settings import load_settings

        status = run_demo(
            load_settings(model=model, allow_download=allow_download or None), debug=debug
        )
    raise typer.Exit(status)


@app.command()
def models(
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch the weights that are missing.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file and compare its checksum.")
    ] = False,
    debug: Debug = False,
) -> None:
    """List the models: task, origin, licence, size, and whether they are there and intact."""
    with guarded(debug):
        from api.commands.models import run_models
        from api.settings import load_settings

        status = run_models(load_settings(), fetch=fetch, verify=verify)
    raise typer.Exit(status)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 8000,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Start a worker beside the API.")
    ] = True,
    debug: Debug = False,
) -> None:
    """Run the service: the API, and a worker that analyses what is uploaded."""
    with guarded(debug):
        from api.commands.serve import WORKER, run_serve
        from api.settings import load_settings

        status = run_serve(load_settings(), host, port, worker=WORKER if worker else None)
    raise typer.Exit(status)


@app.command()
def worker(
    attached: Annotated[bool, typer.Option("--attached", help="Stop when the input ends.")] = False,
    debug: Debug = False,
) -> None:
    """Analyse uploaded calls until told to stop; several may run on several machines."""
    with guarded(debug):
        from api.commands.worker import run_worker
        from api.settings import load_settings

        status = run_worker(load_settings(), attached=attached)
    raise typer.Exit(status)


@app.command()
def migrate(debug: Debug = False) -> None:
    """Upgrade the tables of the service's database to this version."""
    with guarded(debug):
        from api.commands.worker import run_migrate
        from api.settings import load_settings

        status = run_migrate(load_settings())
    raise typer.Exit(status)


@profile_app.command("lint")
def profile_lint(
    files: Annotated[list[Path], typer.Argument(metavar="P.yaml...", help="Profiles to read.")],
    debug: Debug = False,
) -> None:
    """Say what is wrong with a profile, or too broad, with line numbers."""
    with guarded(debug):
        from api.commands.profile import run_lint
        from api.settings import load_settings

        status = run_lint(tuple(files), load_settings())
    raise typer.Exit(status)


if __name__ == "__main__":
    app()
