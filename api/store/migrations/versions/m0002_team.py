"""Deals, profiles, jobs and workers, keys, the audit log, webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision, down_revision = "m0002", "m0001"
branch_labels = depends_on = None
COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Build the tables."""
    _deals()
    _assessments()
    _profiles()
    _profile_versions()
    _jobs()
    _workers()
    _api_keys()
    _audit()
    _webhooks()
    _deliveries()
    _doomed_files()
    _meta()


def _deals() -> None:
    op.create_table(
        "deals",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("amount", sa.Float),
        sa.Column("currency", sa.Text),
        sa.Column("closed_at", sa.Float),
        sa.Column("rep", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("rev", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deals"),
    )
    op.create_index("ix_deals_outcome_id", "deals", ["outcome", "id"])
    op.create_index("ix_deals_rep_id", "deals", ["rep", "id"])
    op.create_index("ix_deals_team_id", "deals", ["team", "id"])


def _assessments() -> None:
    op.create_table(
        "assessments",
        sa.Column("n", COUNT, autoincrement=True, nullable=False),
        sa.Column("deal_id", sa.Text, nullable=False),
        sa.Column("profile_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("deal_rev", sa.Integer, nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name="fk_assessments_deal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("n", name="pk_assessments"),
    )
    op.create_index(
        "ix_assessments_deal_id_profile_id_n", "assessments", ["deal_id", "profile_id", "n"]
    )


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("active", sa.Integer),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("archived_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_profiles"),
    )


def _profile_versions() -> None:
    op.create_table(
        "profile_versions",
        sa.Column("profile_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profiles.id"],
            name="fk_profile_versions_profile_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "version", name="pk_profile_versions"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("call_id", sa.Text),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("progress", sa.Float, server_default=sa.text("0"), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("failures", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("run_at", sa.Float, nullable=False),
        sa.Column("sent_at", sa.Float),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", sa.Text),
        sa.Column("retryable", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("started_at", sa.Float),
        sa.Column("ended_at", sa.Float),
        sa.Column("touched_at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_jobs_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_call_id", "jobs", ["call_id"])
    op.create_index("ix_jobs_state_touched_at", "jobs", ["state", "touched_at"])


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("beat_at", sa.Float, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("team", sa.Text),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float),
        sa.Column("used_at", sa.Float),
        sa.Column("revoked_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("n", COUNT, autoincrement=True, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject_kind_subject_id", "audit", ["subject_kind", "subject_id"])


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("n", COUNT, autoincrement=True, nullable=False),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.Float, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("at", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_deliveries_webhook_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("n", name="pk_deliveries"),
        sa.UniqueConstraint("webhook_id", "key", name="uq_deliveries_webhook_id_key"),
    )
    op.create_index("ix_deliveries_state_next_at", "deliveries", ["state", "next_at"])


def _doomed_files() -> None:
    op.create_table(
        "doomed_files",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_doomed_files"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
