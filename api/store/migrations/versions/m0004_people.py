"""Who is on a call, by name, so that a person's calls are found when they ask to be erased."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision, down_revision = "m0004", "m0003"
branch_labels = depends_on = None


def upgrade() -> None:
    """Build the table, and enter the reps of the calls that are there."""
    op.create_table(
        "call_people",
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_call_people_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "source", "who", name="pk_call_people"),
    )
    op.create_index("ix_call_people_who", "call_people", ["who"])
    connection = op.get_bind()
    people = sa.table("call_people", sa.column("call_id"), sa.column("source"), sa.column("who"))
    found = connection.execute(
        sa.text("SELECT id, rep FROM calls WHERE rep IS NOT NULL AND rep <> ''")
    ).all()
    rows = [{"call_id": call_id, "source": "rep", "who": _key(rep)} for call_id, rep in found]
    for at in range(0, len(rows), 1000):
        connection.execute(sa.insert(people), rows[at : at + 1000])


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
