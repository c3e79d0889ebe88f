"""Deals, profiles, keys, the audit log, webhooks, and what people say of a call."""

from __future__ import annotations

import pytest

from api.store import audit, boards, calls, corrections, deals, keys, profiles, webhooks
from api.store import signals as stored
from api.store.engine import Database
from api.store.records import NewCall, now
from api.store.scope import EVERYTHING, Scope
from pipeline.corrections import SpeakerEdit, make_verdict
from pipeline.domain import Role
from pipeline.formats import signal_to_json
from tests.factories import make_signal

PROFILE = {"id": "p", "name": "P", "criteria": []}


def test_a_deal_is_made_once_and_changed_by_what_the_crm_says(database: Database) -> None:
    with database.unit_of_work() as connection:
        deals.ensure(connection, "d-1", account="Acme", rep="dana", team="north")
        deals.ensure(connection, "d-1", account="Other")
        deals.update(connection, "d-1", {"outcome": "won", "amount": 5.5, "rev": 99})
        deal = deals.get(connection, "d-1")
        assert deal is not None
        assert (deal.account, deal.outcome, deal.amount, deal.rev) == ("Acme", "won", 5.5, 0)
        assert deals.get(connection, "d-1", Scope("rep", "lee")) is None
        deals.ensure(connection, "d-2")
        page = deals.find(connection, EVERYTHING, limit=1)
        more = deals.find(connection, EVERYTHING, limit=1, cursor=page.next)
        assert [d.id for d in (*page.items, *more.items)] == ["d-1", "d-2"]
        assert [d.id for d in deals.find(connection, EVERYTHING, outcome="won").items] == ["d-1"]


def test_an_assessment_holds_until_a_call_of_the_deal_changes(database: Database) -> None:
    with database.unit_of_work() as connection:
        deals.ensure(connection, "d-1")
        deal = deals.get(connection, "d-1")
        assert deal is not None
        deals.add_assessment(connection, deal, "p", 1, {"tier": "A"})
        assert deals.current_assessment(connection, deal, "p", 1) == {"tier": "A"}
        assert deals.current_assessment(connection, deal, "p", 2) is None
        deals.touch(connection, "d-1")
        deal = deals.get(connection, "d-1")
        assert deal is not None
        assert deals.current_assessment(connection, deal, "p", 1) is None


def test_who_sees_all_calls_of_a_deal_in_whatever_state(database: Database) -> None:
    dana, north = Scope("rep", "dana"), Scope("manager", team="north")
    with database.unit_of_work() as connection:
        deals.ensure(connection, "d-1", rep="dana", team="north")
        assert calls.sees_deal(connection, "d-1", dana)
        for rep, status in (("dana", "done"), ("lee", "queued"), (None, "done")):
            call = NewCall(
                f"c_{rep}", f"{rep}", "recording", 3, deal_id="d-1", rep=rep, team="north"
            )
            calls.add(connection, call)
            calls.update(connection, call.id, status=status)
            assert calls.sees_deal(connection, "d-1", dana) is (rep == "dana")
            assert calls.sees_deal(connection, "d-1", north)
        for scope, figures in ((dana, (1, 3)), (north, (2, 2)), (EVERYTHING, (2, 2))):
            row = boards.rows(connection, scope, "p", 1)[0]
            assert (row.seen, row.calls) == figures


def test_profile_versions_count_up_and_the_same_text_is_no_new_one(database: Database) -> None:
    with database.unit_of_work() as connection:
        first, new = profiles.add_version(connection, PROFILE, author="ria")
        assert (first.version, new) == (1, True)
        assert profiles.add_version(connection, dict(PROFILE), author="ria") == (first, False)
        second, _ = profiles.add_version(connection, {**PROFILE, "name": "Q"}, author="ria")
        assert second.version == 2
        active = profiles.active(connection, "p")
        assert active is not None
        assert active.version == 1
        profiles.activate(connection, "p", 2)
        assert [head.name for head in profiles.in_use(connection)] == ["Q"]
        profiles.archive(connection, "p")
        assert profiles.in_use(connection) == ()
        assert [v.version for v in profiles.versions(connection, "p")] == [1, 2]


def test_a_key_is_known_by_its_secret_only_while_it_may_be_used(database: Database) -> None:
    with database.unit_of_work() as connection:
        key, secret = keys.create(connection, name="laptop", role="rep", person="dana")
        assert keys.find(connection, secret) == key
        assert secret.startswith(key.prefix)
        assert keys.find(connection, secret + "x") is None
        assert keys.is_due(key)
        keys.used(connection, key.id)
        seen = keys.find(connection, secret)
        assert seen is not None
        assert not keys.is_due(seen)
        assert keys.revoke(connection, key.id)
        assert not keys.revoke(connection, key.id)
        assert keys.find(connection, secret) is None
        _, old = keys.create(connection, name="old", role="admin", expires_at=now() - 1)
        assert keys.find(connection, old) is None
        assert [k.name for k in keys.listed(connection)] == ["laptop", "old"]


def test_the_audit_log_is_read_backwards(database: Database) -> None:
    with database.unit_of_work() as connection:
        for number in range(3):
            audit.note(connection, "key_1", "call.erase", "call", f"c_{number}", {"n": number})
        page = audit.find(connection, limit=2)
        rest = audit.find(connection, limit=2, cursor=page.next)
        assert [e.subject_id for e in (*page.items, *rest.items)] == ["c_2", "c_1", "c_0"]
        assert [e.details for e in audit.find(connection, subject_id="c_1").items] == [{"n": 1}]


def test_an_event_goes_once_to_everybody_who_asked(database: Database) -> None:
    with database.unit_of_work() as connection:
        hook = webhooks.add(connection, "https://crm.example/in", ["call.done"])
        webhooks.add(connection, "https://other.example", ["tier.changed"])
        assert webhooks.announce(connection, "call.done", "c_1.1", {"call_id": "c_1"}) == 1
        assert webhooks.announce(connection, "call.done", "c_1.1", {"call_id": "c_1"}) == 0
        (delivery,) = webhooks.due(connection)
        assert (delivery.webhook_id, delivery.tries) == (hook.id, 0)
        mine = webhooks.claim(connection, delivery, until=now() + 60)
        assert mine is not None
        assert webhooks.claim(connection, delivery, until=now() + 60) is None
        assert webhooks.due(connection) == ()
        webhooks.record(connection, mine, state="dead", error="gone")
        (dead,) = webhooks.find(connection, state="dead").items
        assert (dead.error, dead.tries, dead.key) == ("gone", 1, "c_1.1")
        assert webhooks.revive(connection, dead.n)
        assert not webhooks.revive(connection, dead.n)
        assert [d.tries for d in webhooks.due(connection)] == [0]
        webhooks.change(connection, hook.id, {"active": False})
        assert webhooks.due(connection) == ()
        assert webhooks.remove(connection, hook.id)
        assert webhooks.find(connection).items == ()


@pytest.mark.parametrize("value", [(200, 250), "Salesforce"])
def test_signals_verdicts_and_edits_come_back_as_they_went_in(
    database: Database, value: object
) -> None:
    dimension = "tech_stack" if isinstance(value, str) else "headcount"
    signal = make_signal(dimension, value, call_id="c_1")
    verdict = make_verdict(signal, "rejected", {}, "misheard")
    edit = SpeakerEdit("role", "S2", role=Role.REP)
    with database.unit_of_work() as connection:
        calls.add(connection, NewCall("c_1", "0" * 64, "recording", 10))
        stored.replace(connection, "c_1", [signal_to_json(signal)])
        stored.replace(connection, "c_1", [signal_to_json(signal)])
        assert stored.of_call(connection, "c_1") == (signal_to_json(signal),)
        assert stored.get(connection, signal.id) == signal_to_json(signal)
        corrections.add_verdict(connection, "c_1", verdict, "dana")
        corrections.add_edit(connection, "c_1", edit, "dana")
        assert corrections.verdicts_of(connection, "c_1") == (verdict,)
        assert corrections.edits_of(connection, "c_1") == (edit,)
