"""Options and help of `icp crm …`. Nothing heavy is imported before a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.shell import Debug, guarded

crm_app = typer.Typer(help="Tag deals in a CRM, and pull what it knows.", no_args_is_help=True)

MappingFile = Annotated[
    Path, typer.Argument(metavar="MAPPING.yaml", help="Which CRM field gets or gives what.")
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="ASSESSMENTS.json",
        help="What `icp assess --json` wrote; else the service's store.",
    ),
]  # fmt: skip
ProfileId = Annotated[
    str | None, typer.Option("--profile", "-p", metavar="ID", help="The profile, by its id.")
]
Deals = Annotated[
    list[str] | None,
    typer.Option("--deal", metavar="ID", help="Only this deal; may be repeated."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show each change and make none.")]


@crm_app.command("lint")
def lint(
    files: Annotated[
        list[Path], typer.Argument(metavar="MAPPING.yaml...", help="Mappings to read.")
    ],
    debug: Debug = False,
) -> None:
    """Say what is wrong with a mapping, with line numbers; opens no connection."""
    with guarded(debug):
        from api.commands.crm import run_lint
        from api.settings import load_settings

        status = run_lint(tuple(files), load_settings())
    raise typer.Exit(status)


@crm_app.command("csv")
def csv(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="TAGS.csv", help="The table.")],
    assessments: From = None,
    profile: ProfileId = None,
    deal: Deals = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="MAPPING.yaml", help="Name columns as the CRM does."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write tiers, evidence and open questions of deals as a CSV that any CRM imports."""
    with guarded(debug):
        from api.commands.crm import Source, run_csv
        from api.settings import load_settings

        source = Source(assessments, profile, tuple(deal or ()))
        status = run_csv(source, load_settings(), out=out, mapping=mapping)
    raise typer.Exit(status)


@crm_app.command("push")
def push(
    mapping: MappingFile,
    assessments: From = None,
    profile: ProfileId = None,
    deal: Deals = None,
    dry_run: DryRun = False,
    overwrite: Annotated[
        list[str] | None,
        typer.Option("--overwrite", metavar="FIELD", help="Write over this field; repeatable."),
    ] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write all changes as JSON.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Tag deals in HubSpot or Salesforce; filled fields are kept unless told otherwise."""
    with guarded(debug):
        from api.commands.crm import Source, run_push
        from api.settings import load_settings

        status = run_push(
            mapping, Source(assessments, profile, tuple(deal or ())), load_settings(),
            dry_run=dry_run, overwrite=tuple(overwrite or ()), json_out=json_out,
        )  # fmt: skip
    raise typer.Exit(status)


@crm_app.command("pull")
def pull(
    mapping: MappingFile,
    assessments: From = None,
    profile: ProfileId = None,
    deal: Deals = None,
    dry_run: DryRun = False,
    csv_out: Annotated[
        Path | None,
        typer.Option("--csv", metavar="DEALS.csv", help="Write a table, not into the service."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Take account facts, stages, amounts and outcomes over from HubSpot or Salesforce."""
    with guarded(debug):
        from api.commands.crm import Source, run_pull
        from api.settings import load_settings

        source = Source(assessments, profile, tuple(deal or ()))
        status = run_pull(mapping, source, load_settings(), dry_run=dry_run, csv_out=csv_out)
    raise typer.Exit(status)
