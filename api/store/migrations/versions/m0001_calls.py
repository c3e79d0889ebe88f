"""Calls, what was found in them, and the search in their words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "m0001", None
branch_labels = depends_on = None
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE call_search USING fts5(text, content='call_texts', content_rowid='n',"
    " tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER call_texts_added AFTER INSERT ON call_texts BEGIN"
    " INSERT INTO call_search(rowid, text) VALUES (new.n, new.text); END",
    "CREATE TRIGGER call_texts_erased AFTER DELETE ON call_texts BEGIN"
    " INSERT INTO call_search(call_search, rowid, text) VALUES ('delete', old.n, old.text); END",
)
POSTGRES_SEARCH = (
    "ALTER TABLE call_texts ADD COLUMN tsv tsvector"
    " GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED",
    "CREATE INDEX ix_call_texts_tsv ON call_texts USING gin (tsv)",
)


def upgrade() -> None:
    """Build the tables."""
    _calls()
    _call_files()
    _call_texts()
    _signals()
    _verdicts()
    _speaker_edits()
    _checks()
    on_postgres = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRES_SEARCH if on_postgres else SQLITE_SEARCH:
        op.execute(statement)


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("n", COUNT, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text),
        sa.Column("n_bytes", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("recorded_at", sa.Float),
        sa.Column("duration", sa.Float),
        sa.Column("deal_id", sa.Text),
        sa.Column("account", sa.Text),
        sa.Column("rep", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("seller_hint", sa.Text),
        sa.Column("consent", sa.Text),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("profiles", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("progress", sa.Float, server_default=sa.text("0"), nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", sa.Text),
        sa.Column("retryable", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("job_id", sa.Text),
        sa.Column("rev", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("fit", sa.Float),
        sa.Column("disqualified", sa.Boolean),
        sa.Column("made_by", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_calls"),
        sa.UniqueConstraint("id", name="uq_calls_id"),
        sa.UniqueConstraint("sha256", name="uq_calls_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calls_deal_id_n", "calls", ["deal_id", "n"])
    op.create_index("ix_calls_recorded_at", "calls", ["recorded_at"])
    op.create_index("ix_calls_rep_n", "calls", ["rep", "n"])
    op.create_index("ix_calls_status_n", "calls", ["status", "n"])
    op.create_index("ix_calls_team_n", "calls", ["team", "n"])
    op.create_index("ix_calls_tier_n", "calls", ["tier", "n"])


def _call_files() -> None:
    op.create_table(
        "call_files",
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("n_bytes", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_call_files_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "kind", name="pk_call_files"),
    )
    op.create_index("ix_call_files_key", "call_files", ["key"])


def _call_texts() -> None:
    op.create_table(
        "call_texts",
        sa.Column("n", COUNT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["n"], ["calls.n"], name="fk_call_texts_n", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("n", name="pk_call_texts"),
    )


def _signals() -> None:
    op.create_table(
        "signals",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_signals_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_signals"),
    )
    op.create_index("ix_signals_call_id_position", "signals", ["call_id", "position"])
    op.create_index("ix_signals_dimension_value", "signals", ["dimension", "value"])


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("n", COUNT, autoincrement=True, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("signal_id", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("change", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_verdicts_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("n", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_call_id_n", "verdicts", ["call_id", "n"])
    op.create_index("ix_verdicts_signal_id_n", "verdicts", ["signal_id", "n"])
    # ### end Alembic commands ###


def _speaker_edits() -> None:
    op.create_table(
        "speaker_edits",
        sa.Column("n", COUNT, autoincrement=True, nullable=False),
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_speaker_edits_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("n", name="pk_speaker_edits"),
    )
    op.create_index("ix_speaker_edits_call_id_n", "speaker_edits", ["call_id", "n"])


def _checks() -> None:
    op.create_table(
        "checks",
        sa.Column("call_id", sa.Text, nullable=False),
        sa.Column("profile_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("fit", sa.Float),
        sa.Column("coverage", sa.Float, nullable=False),
        sa.Column("disqualified", sa.Boolean, nullable=False),
        sa.Column("quadrant", sa.Text),
        sa.Column("engagement", sa.Float, nullable=False),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_checks_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "profile_id", "version", name="pk_checks"),
    )
    op.create_index(
        "ix_checks_profile_id_version_tier", "checks", ["profile_id", "version", "tier"]
    )
