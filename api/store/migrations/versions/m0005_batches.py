"""Batches: which calls of an archive came in together, so that one can follow them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "m0005", "m0004"
branch_labels = depends_on = None


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("profiles", sa.JSON, nullable=False),
        sa.Column("team", sa.Text),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_created_at", "batches", ["created_at"])
    op.create_table(
        "batch_calls",
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_batch_calls_batch_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_batch_calls_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "call_id", name="pk_batch_calls"),
    )
    op.create_index("ix_batch_calls_call_id", "batch_calls", ["call_id"])
