"""Options and help of the commands on deals and on what they say about a profile.

`add_deal_commands` puts them beside the others in `api/cli.py`. Trap: as there, nothing heavy is
imported before a command runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.shell import Debug, guarded

deals_app = typer.Typer(help="Work on deals and their outcomes.", no_args_is_help=True)


def add_deal_commands(app: typer.Typer, profile_app: typer.Typer) -> None:
    """Add the commands to the program and to `icp profile`."""
    app.command()(assess)
    profile_app.command("diff")(profile_diff)
    profile_app.command("insight")(profile_insight)
    profile_app.command("preview")(profile_preview)


def assess(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS_DIR", help="Results of checked calls (JSON).")
    ],
    profile: Annotated[
        list[Path],
        typer.Option("--profile", "-p", metavar="P.yaml", help="Profile; may be given repeatedly."),
    ],
    json_out: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="Write the assessments as JSON."),
    ] = None,
    crm: Annotated[
        Path | None,
        typer.Option("--crm", metavar="DEALS.csv", help="What the CRM says of the accounts."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Hold all calls of each deal against a profile, from checked calls."""
    with guarded(debug):
        from api.commands.assess import AssessOptions, run_assess
        from api.settings import load_settings

        options = AssessOptions(results, tuple(profile), json_out, crm)
        status = run_assess(options, load_settings())
    raise typer.Exit(status)


@deals_app.command("import")
def import_deals(
    file: Annotated[Path, typer.Argument(metavar="DEALS.csv", help="Deals as the CRM has them.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Take over the good rows although others are bad.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Take over accounts, facts and outcomes of deals from a CSV into the service."""
    with guarded(debug):
        from api.commands.deals import run_import
        from api.settings import load_settings

        status = run_import(file, load_settings(), partial=partial)
    raise typer.Exit(status)


Calls = Annotated[
    Path, typer.Option("--calls", metavar="RESULTS_DIR", help="Results of checked calls (JSON).")
]
JsonOut = Annotated[
    Path | None, typer.Option("--json", metavar="OUT", help="Write what is printed as JSON too.")
]


def profile_diff(
    before: Annotated[Path, typer.Argument(metavar="P1.yaml", help="The profile as it is.")],
    after: Annotated[Path, typer.Argument(metavar="P2.yaml", help="The profile as it would be.")],
    calls: Calls,
    json_out: JsonOut = None,
    weigh: Annotated[
        bool, typer.Option("--weigh", help="Weigh new statements in the stored words (slow).")
    ] = False,
    debug: Debug = False,
) -> None:
    """Say which deals change their tier under a changed profile; nothing is heard again."""
    with guarded(debug):
        from api.commands.insights import run_diff
        from api.settings import load_settings

        status = run_diff(before, after, calls, load_settings(), json_out=json_out, weigh=weigh)
    raise typer.Exit(status)


def profile_insight(
    profile: Annotated[Path, typer.Argument(metavar="P.yaml", help="The profile.")],
    calls: Calls,
    crm: Annotated[
        Path, typer.Option("--crm", metavar="DEALS.csv", help="Deals with their outcomes.")
    ],
    least: Annotated[
        int, typer.Option("--least", min=2, help="No lift is shown on fewer deals than this.")
    ] = 10,
    json_out: JsonOut = None,
    debug: Debug = False,
) -> None:
    """Say how tiers, criteria and signals go with won, lost and churned deals."""
    with guarded(debug):
        from api.commands.insights import run_insight
        from api.settings import load_settings

        status = run_insight(profile, calls, crm, load_settings(), least=least, json_out=json_out)
    raise typer.Exit(status)


def profile_preview(
    statement: Annotated[str, typer.Argument(help="A statement that a profile may get.")],
    calls: Calls,
    dimension: Annotated[
        str | None, typer.Option("--dimension", help="What it is about: pain, authority …")
    ] = None,
    yes: Annotated[
        list[str] | None,
        typer.Option("--yes", metavar="CALL", help="A call that says it; may be repeated."),
    ] = None,
    no: Annotated[
        list[str] | None,
        typer.Option("--no", metavar="CALL", help="A call that does not; may be repeated."),
    ] = None,
    json_out: JsonOut = None,
    debug: Debug = False,
) -> None:
    """Show which stored calls say a new statement, with quotes and scores, before it counts."""
    with guarded(debug):
        from api.commands.insights import run_preview
        from api.settings import load_settings

        status = run_preview(
            statement, calls, load_settings(), dimension=dimension,
            yes=tuple(yes or ()), no=tuple(no or ()), json_out=json_out,
        )  # fmt: skip
    raise typer.Exit(status)
