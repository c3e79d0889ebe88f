"""What people say of a call: verdicts on signals and edits of speakers. Only ever added to.

The latest verdict on a signal counts; edits are applied in their order. Trap: both outlive a
re-analysis, so a verdict carries what it was about and finds its signal again by that.
"""

from __future__ import annotations

import sqlalchemy as sa

from api.store.engine import Connection
from api.store.records import now
from api.store.tables import speaker_edits, verdicts
from pipeline.corrections import SpeakerEdit, Verdict


def add_verdict(connection: Connection, call_id: str, verdict: Verdict, author: str) -> int:
    """Add a person's verdict; its number."""
    row = sa.insert(verdicts).values(
        call_id=call_id,
        signal_id=verdict.signal_id,
        verdict=verdict.verdict,
        change=dict(verdict.change),
        reason=verdict.reason,
        about=dict(verdict.about),
        author=author,
        at=now(),
    )
    return int(connection.execute(row.returning(verdicts.c.n)).scalar_one())


def verdicts_of(connection: Connection, call_id: str) -> tuple[Verdict, ...]:
    """All verdicts on a call, the oldest first."""
    statement = sa.select(verdicts).where(verdicts.c.call_id == call_id).order_by(verdicts.c.n)
    return tuple(
        Verdict(
            signal_id=row.signal_id,
            verdict=row.verdict,
            change=row.change,
            reason=row.reason,
            about=row.about,
        )
        for row in connection.execute(statement)
    )


def add_edit(connection: Connection, call_id: str, edit: SpeakerEdit, author: str) -> int:
    """Add an edit of a call's speakers; its number."""
    row = sa.insert(speaker_edits).values(
        call_id=call_id, kind=edit.kind, body=edit.to_json(), author=author, at=now()
    )
    return int(connection.execute(row.returning(speaker_edits.c.n)).scalar_one())


def edits_of(connection: Connection, call_id: str) -> tuple[SpeakerEdit, ...]:
    """All edits of a call's speakers, the oldest first."""
    statement = (
        sa.select(speaker_edits)
        .where(speaker_edits.c.call_id == call_id)
        .order_by(speaker_edits.c.n)
    )
    return tuple(SpeakerEdit.from_json(row.body) for row in connection.execute(statement))
