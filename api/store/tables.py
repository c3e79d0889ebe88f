"""Every table, drawn once. Migrations build the same; a test compares the two on both databases.

calls ─┬─ call_files      which blobs belong to a call      deals ── assessments
       ├─ call_texts      its words, for search             profiles ── profile_versions
       ├─ signals         what the machine found            jobs, workers     who does what
       ├─ verdicts        what people say of it             api_keys, audit
       ├─ speaker_edits   who spoke, corrected              webhooks ── deliveries
       ├─ checks          held against a profile version    doomed_files, meta
       ├─ call_views      who has opened it                 users ── sessions, sign_in_failures
       └─ call_people     who is on it, by name

Times are seconds since 1970 as floats (UTC). `n` counts up and orders a list; it is the cursor.
Trap: verdicts name signals but do not reference them, for they outlive a re-analysis.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMES)
Text, Float, Integer, Boolean, Json = sa.Text, sa.Float, sa.Integer, sa.Boolean, sa.JSON
Count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A number that counts up by itself; SQLite does that for plain INTEGER only."""


def _need(name: str, kind: Any, default: object = None) -> sa.Column[Any]:
    given = None if default is None else sa.text(str(default))
    return sa.Column(name, kind, nullable=False, server_default=given)


def _of_call(*, key: bool = False) -> sa.Column[Any]:
    return sa.Column(
        "call_id",
        Text,
        sa.ForeignKey("calls.id", ondelete="CASCADE"),
        primary_key=key,
        nullable=False,
    )


calls = sa.Table(
    "calls", metadata,
    sa.Column("n", Count, primary_key=True, autoincrement=True),
    sa.Column("id", Text, nullable=False, unique=True),
    sa.Column("sha256", Text, nullable=False, unique=True),
    _need("kind", Text), sa.Column("media_type", Text), _need("n_bytes", sa.BigInteger),
    sa.Column("title", Text), sa.Column("language", Text), sa.Column("recorded_at", Float),
    sa.Column("duration", Float), sa.Column("deal_id", Text), sa.Column("account", Text),
    sa.Column("rep", Text), sa.Column("team", Text), sa.Column("seller_hint", Text),
    sa.Column("consent", Text), _need("metadata", Json), _need("profiles", Json),
    _need("status", Text), sa.Column("stage", Text), _need("progress", Float, 0),
    sa.Column("error_code", Text), sa.Column("error_text", Text),
    _need("retryable", Boolean, sa.false()), sa.Column("job_id", Text), _need("rev", Integer, 0),
    sa.Column("tier", Text), sa.Column("fit", Float), sa.Column("disqualified", Boolean),
    _need("made_by", Json), _need("created_at", Float), _need("updated_at", Float),
    sa.Index(None, "team", "n"), sa.Index(None, "rep", "n"), sa.Index(None, "deal_id", "n"),
    sa.Index(None, "status", "n"), sa.Index(None, "tier", "n"), sa.Index(None, "recorded_at"),
    sqlite_autoincrement=True,
)  # fmt: skip
call_files = sa.Table(
    "call_files", metadata, _of_call(key=True), sa.Column("kind", Text, primary_key=True),
    _need("key", Text), _need("n_bytes", sa.BigInteger), sa.Column("made_by", Text),
    sa.Index(None, "key"),
)  # fmt: skip
call_texts = sa.Table(
    "call_texts", metadata,
    sa.Column("n", Count, sa.ForeignKey("calls.n", ondelete="CASCADE"), primary_key=True),
    _need("text", Text),
)  # fmt: skip
signals = sa.Table(
    "signals", metadata, sa.Column("id", Text, primary_key=True), _of_call(),
    _need("position", Integer), _need("dimension", Text), sa.Column("value", Text),
    _need("confidence", Float), _need("body", Json),
    sa.Index(None, "call_id", "position"), sa.Index(None, "dimension", "value"),
)  # fmt: skip
verdicts = sa.Table(
    "verdicts", metadata, sa.Column("n", Count, primary_key=True, autoincrement=True), _of_call(),
    _need("signal_id", Text), _need("verdict", Text), _need("change", Json),
    sa.Column("reason", Text), _need("about", Json), _need("author", Text), _need("at", Float),
    sa.Index(None, "call_id", "n"), sa.Index(None, "signal_id", "n"),
)  # fmt: skip
speaker_edits = sa.Table(
    "speaker_edits", metadata, sa.Column("n", Count, primary_key=True, autoincrement=True),
    _of_call(), _need("kind", Text), _need("body", Json), _need("author", Text),
    _need("at", Float), sa.Index(None, "call_id", "n"),
)  # fmt: skip
checks = sa.Table(
    "checks", metadata, _of_call(key=True), sa.Column("profile_id", Text, primary_key=True),
    sa.Column("version", Integer, primary_key=True, autoincrement=False),
    sa.Column("tier", Text), sa.Column("fit", Float), _need("coverage", Float),
    _need("disqualified", Boolean), sa.Column("quadrant", Text), _need("engagement", Float),
    _need("rev", Integer), _need("body", Json), _need("at", Float),
    sa.Index(None, "profile_id", "version", "tier"),
)  # fmt: skip
deals = sa.Table(
    "deals", metadata, sa.Column("id", Text, primary_key=True), sa.Column("account", Text),
    _need("facts", Json), sa.Column("stage", Text), sa.Column("outcome", Text),
    sa.Column("amount", Float), sa.Column("currency", Text), sa.Column("closed_at", Float),
    sa.Column("rep", Text), sa.Column("team", Text), _need("rev", Integer, 0),
    _need("created_at", Float), _need("updated_at", Float),
    sa.Index(None, "team", "id"), sa.Index(None, "rep", "id"), sa.Index(None, "outcome", "id"),
)  # fmt: skip
assessments = sa.Table(
    "assessments", metadata, sa.Column("n", Count, primary_key=True, autoincrement=True),
    sa.Column("deal_id", Text, sa.ForeignKey("deals.id", ondelete="CASCADE"), nullable=False),
    _need("profile_id", Text), _need("version", Integer), _need("deal_rev", Integer),
    sa.Column("tier", Text), _need("body", Json), _need("at", Float),
    sa.Index(None, "deal_id", "profile_id", "n"),
)  # fmt: skip
profiles = sa.Table(
    "profiles", metadata, sa.Column("id", Text, primary_key=True), _need("name", Text),
    sa.Column("active", Integer), _need("created_at", Float), sa.Column("archived_at", Float),
)  # fmt: skip
profile_versions = sa.Table(
    "profile_versions", metadata,
    sa.Column("profile_id", Text, sa.ForeignKey("profiles.id", ondelete="CASCADE"),
              primary_key=True),
    sa.Column("version", Integer, primary_key=True, autoincrement=False), _need("body", Json),
    _need("sha256", Text), sa.Column("note", Text), _need("author", Text), _need("at", Float),
)  # fmt: skip
jobs = sa.Table(
    "jobs", metadata, sa.Column("id", Text, primary_key=True), _need("kind", Text),
    sa.Column("call_id", Text, sa.ForeignKey("calls.id", ondelete="CASCADE")),
    _need("body", Json), _need("state", Text), sa.Column("stage", Text),
    _need("progress", Float, 0), _need("priority", Integer), _need("fence", Integer, 0),
    sa.Column("worker", Text), _need("failures", Integer, 0), _need("run_at", Float),
    sa.Column("sent_at", Float), sa.Column("error_code", Text), sa.Column("error_text", Text),
    _need("retryable", Boolean, sa.false()), _need("summary", Json), _need("created_at", Float),
    sa.Column("started_at", Float), sa.Column("ended_at", Float), _need("touched_at", Float),
    sa.Index(None, "state", "touched_at"), sa.Index(None, "call_id"),
)  # fmt: skip
workers = sa.Table(
    "workers", metadata, sa.Column("id", Text, primary_key=True), _need("host", Text),
    _need("pid", Integer), _need("beat_at", Float), _need("started_at", Float),
)  # fmt: skip
api_keys = sa.Table(
    "api_keys", metadata, sa.Column("id", Text, primary_key=True), _need("prefix", Text),
    sa.Column("hash", Text, nullable=False, unique=True), _need("name", Text),
    _need("role", Text), sa.Column("person", Text), sa.Column("team", Text),
    _need("created_at", Float), sa.Column("expires_at", Float), sa.Column("used_at", Float),
    sa.Column("revoked_at", Float),
)  # fmt: skip
audit = sa.Table(
    "audit", metadata, sa.Column("n", Count, primary_key=True, autoincrement=True),
    _need("at", Float), _need("actor", Text), _need("action", Text), _need("subject_kind", Text),
    _need("subject_id", Text), _need("details", Json),
    sa.Index(None, "subject_kind", "subject_id"), sa.Index(None, "at"),
)  # fmt: skip
webhooks = sa.Table(
    "webhooks", metadata, sa.Column("id", Text, primary_key=True), _need("url", Text),
    _need("secret", Text), _need("events", Json), _need("active", Boolean),
    _need("created_at", Float),
)  # fmt: skip
deliveries = sa.Table(
    "deliveries", metadata, sa.Column("n", Count, primary_key=True, autoincrement=True),
    sa.Column("webhook_id", Text, sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    _need("key", Text), _need("event", Text), _need("body", Json), _need("state", Text),
    _need("tries", Integer, 0), _need("next_at", Float), sa.Column("error", Text),
    _need("at", Float), sa.UniqueConstraint("webhook_id", "key"),
    sa.Index(None, "state", "next_at"),
)  # fmt: skip
doomed_files = sa.Table(
    "doomed_files", metadata, sa.Column("key", Text, primary_key=True), _need("at", Float),
)  # fmt: skip
meta = sa.Table(
    "meta", metadata, sa.Column("key", Text, primary_key=True), _need("value", Text),
)  # fmt: skip
users = sa.Table(
    "users", metadata, sa.Column("id", Text, primary_key=True),
    sa.Column("login", Text, nullable=False, unique=True), _need("name", Text),
    _need("hash", Text), _need("role", Text), sa.Column("person", Text), sa.Column("team", Text),
    _need("created_at", Float), sa.Column("used_at", Float), sa.Column("disabled_at", Float),
)  # fmt: skip
sessions = sa.Table(
    "sessions", metadata, sa.Column("hash", Text, primary_key=True),
    sa.Column("user_id", Text, sa.ForeignKey("users.id", ondelete="CASCADE")),
    sa.Column("key_id", Text, sa.ForeignKey("api_keys.id", ondelete="CASCADE")),
    _need("created_at", Float), _need("seen_at", Float), _need("expires_at", Float),
    sa.Index(None, "expires_at"), sa.Index(None, "user_id"),
)  # fmt: skip
sign_in_failures = sa.Table(
    "sign_in_failures", metadata, sa.Column("subject", Text, primary_key=True),
    _need("failures", Integer), _need("at", Float),
)  # fmt: skip
call_views = sa.Table(
    "call_views", metadata, sa.Column("viewer", Text, primary_key=True), _of_call(key=True),
    _need("at", Float), sa.Index(None, "call_id"),
)  # fmt: skip
call_people = sa.Table(
    "call_people", metadata, _of_call(key=True), sa.Column("source", Text, primary_key=True),
    sa.Column("who", Text, primary_key=True), sa.Index(None, "who"),
)  # fmt: skip
batches = sa.Table(
    "batches", metadata, sa.Column("id", Text, primary_key=True), _need("name", Text),
    _need("profiles", Json), sa.Column("team", Text), _need("author", Text),
    _need("created_at", Float), sa.Index(None, "created_at"),
)  # fmt: skip
batch_calls = sa.Table(
    "batch_calls", metadata,
    sa.Column("batch_id", Text, sa.ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True),
    _of_call(key=True), sa.Index(None, "call_id"),
)  # fmt: skip
