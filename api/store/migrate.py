"""The schema's versions: bring a database up to date, or only look whether it is.

An embedded start upgrades by itself; production verifies and refuses, and `icp migrate` upgrades.
The revisions are in `migrations/versions`, oldest first. Trap: two processes may start at once, so
the upgrade holds a lock from its first look on.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from api.store.engine import Connection, Database
from pipeline.errors import IcpError

_LOCK = 4_711_001
_VERSIONS = "icp_version"


class SchemaMismatch(IcpError):
    """The database has another version of the tables than this program."""

    code = "schema_mismatch"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables to a revision: all of it, or nothing."""
    with database.unit_of_work() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _refuse_newer(connection)
        _run(connection, revision)


def verify(database: Database) -> None:
    """Raise SchemaMismatch unless the tables are exactly those of this program."""
    with database.reading() as connection:
        found, wanted = current(connection), newest()
    if found != wanted:
        raise SchemaMismatch(
            f"the database is at revision {found or 'none'}, this program needs {wanted}",
            remedy="run `icp migrate` with the new version, or start the version that fits",
        )


def current(connection: Connection) -> str | None:
    """The revision that the database is at; None when it is empty."""
    context = MigrationContext.configure(connection, opts={"version_table": _VERSIONS})
    return context.get_current_revision()


def newest() -> str:
    """The revision that this program needs."""
    return _script().get_current_head() or ""


def _refuse_newer(connection: Connection) -> None:
    found = current(connection)
    known = {revision.revision for revision in _script().walk_revisions()}
    if found is not None and found not in known:
        raise SchemaMismatch(
            f"the database is at revision {found}, which this program does not know",
            remedy="start the newer version of the program",
        )


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _run(connection: Connection, revision: str) -> None:
    script = _script()

    def steps(found: object, _context: object) -> object:
        return script._upgrade_revs(revision, found)  # type: ignore[arg-type]

    with EnvironmentContext(_config(), script, fn=steps) as environment:
        environment.configure(
            connection=connection,
            version_table=_VERSIONS,
            render_as_batch=True,
            transactional_ddl=True,
            transaction_per_migration=False,
        )
        with environment.begin_transaction():
            environment.run_migrations()
