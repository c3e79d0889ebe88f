"""The schema's versions: what they build is what the code means, also with data in place."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.store import migrate, people
from api.store.engine import Database
from api.store.migrate import SchemaMismatch
from api.store.tables import metadata

SEARCH = ("call_search", "icp_version", "ix_call_texts_tsv")


def ours(found: object, name: str, kind: str, reflected: bool, other: object) -> bool:
    return not name.startswith(SEARCH) and name != "tsv"


def test_migrations_build_what_the_tables_say(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    migrate.verify(database)


def test_each_revision_upgrades_a_database_with_rows(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database, "m0001")
    row = (
        "INSERT INTO calls (id, sha256, kind, n_bytes, metadata, profiles, status, made_by,"
        " created_at, updated_at)"
        " VALUES ('c_1', 'x', 'recording', 3, '{\"with\": [\"Lee  Park\", 3]}', '[]', 'done', '{}',"
        " 1, 1)"
    )
    with database.unit_of_work() as connection:
        connection.execute(sa.text(row))
    migrate.upgrade(database)
    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT id, rev FROM calls")).all() == [("c_1", 0)]
        assert list(people.calls_with(connection, "lee park")) == ["c_1"]
    database.close()


def test_production_refuses_an_old_schema_and_says_what_to_do(url: str) -> None:
    database = Database(url)
    with pytest.raises(SchemaMismatch, match="icp migrate"):
        migrate.verify(database)
    migrate.upgrade(database, "m0001")
    with pytest.raises(SchemaMismatch, match="m0001"):
        migrate.verify(database)
    database.close()


def test_a_newer_schema_is_left_alone(database: Database) -> None:
    with database.unit_of_work() as connection:
        connection.execute(sa.text("UPDATE icp_version SET version_num = 'm9999'"))
    with pytest.raises(SchemaMismatch, match="newer version"):
        migrate.upgrade(database)
