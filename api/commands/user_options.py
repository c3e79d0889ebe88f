"""Options and help of `icp users`, beside the others in `api/cli.py`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.shell import Debug, guarded

users_app = typer.Typer(help="Accounts of the people who sign in.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="What they sign in with.")]


@users_app.command("add")
def add(
    login: Login,
    role: Annotated[str, typer.Option("--role", help="admin, manager or rep.")] = "rep",
    name: Annotated[str | None, typer.Option("--name", help="Name to show.")] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="A rep's name on calls; else the login.")
    ] = None,
    team: Annotated[str | None, typer.Option("--team", help="Team; a manager needs one.")] = None,
    debug: Debug = False,
) -> None:
    """Make an account; the password is asked for, or read from standard input."""
    with guarded(debug):
        from api.commands.users import run_add
        from api.settings import load_settings

        status = run_add(load_settings(), login, role=role, name=name, person=person, team=team)
    raise typer.Exit(status)


@users_app.command("list")
def list_users(debug: Debug = False) -> None:
    """List the accounts."""
    with guarded(debug):
        from api.commands.users import run_list
        from api.settings import load_settings

        status = run_list(load_settings())
    raise typer.Exit(status)


@users_app.command("password")
def password(login: Login, debug: Debug = False) -> None:
    """Give an account a new password."""
    with guarded(debug):
        from api.commands.users import run_password
        from api.settings import load_settings

        status = run_password(load_settings(), login)
    raise typer.Exit(status)


@users_app.command("remove")
def remove(login: Login, debug: Debug = False) -> None:
    """Take an account out of use; who is signed in with it is signed out."""
    with guarded(debug):
        from api.commands.users import run_remove
        from api.settings import load_settings

        status = run_remove(load_settings(), login)
    raise typer.Exit(status)
