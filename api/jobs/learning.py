"""What stored calls say about a profile: what a change would do, outcomes, a new statement.

Nothing is heard again. Trap: all of it is computed when it is asked for, so it takes seconds on
thousands of calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from api.jobs.insights import stored_deals
from api.jobs.service import Service
from api.store.scope import Scope
from api.wiring import Services, statements_of
from pipeline.domain import Check, Profile, Statement
from pipeline.errors import InputError
from pipeline.insights.diff import ProfileDiff, diff_checks
from pipeline.insights.lift import ClosedDeal, Insight, find_features, learn
from pipeline.insights.preview import Hit, Preview, preview
from pipeline.knowledge import CheckOptions


def diff_stored(
    service: Service, services: Services, scope: Scope, before: Profile, after: Profile
) -> tuple[ProfileDiff, int]:
    """Which deals change their tier, and how many calls were not weighed for a new statement."""
    asked = {statement.id for statement in statements_of([before, after])}
    unweighed = 0

    def pairs() -> Iterator[tuple[Check, Check]]:
        nonlocal unweighed
        for deal in stored_deals(service, scope):
            unweighed += sum(
                bool(asked - {found.statement for found in analysis.statements})
                for analysis in deal.analyses
            )
            yield services.check_change(deal.analyses, before, after, deal_id=deal.id)

    return diff_checks(pairs()), unweighed


def learn_stored(
    service: Service, services: Services, scope: Scope, profile: Profile, least: int
) -> Insight:
    """How tiers, criteria and signals go with won, lost and churned deals."""
    closed = []
    for deal in stored_deals(service, scope):
        if deal.outcome is not None:
            said = [signal for analysis in deal.analyses for signal in analysis.signals]
            check = services.check_deal(deal.analyses, profile)
            features = find_features(said, services.knowledge)
            closed.append(ClosedDeal(deal.id, deal.outcome, check, features))
    return learn(closed, profile, least)


def try_statement(
    service: Service,
    services: Services,
    scope: Scope,
    statement: Statement,
    marks: Mapping[str, bool],
    *,
    latest: int,
) -> Preview:
    """Which of the latest calls say a statement; calls marked True and False move the threshold."""
    hits = []
    for deal in stored_deals(service, scope, latest=latest, also=tuple(marks)):
        for analysis in deal.analyses:
            found = services.weigh_statement(analysis, statement)
            hits.append(Hit(analysis.transcript.call_id, found))
    unknown = sorted(set(marks) - {hit.call_id for hit in hits})
    if unknown:
        raise InputError(f"there is no analysed call {unknown[0][:60]!r}", field="yes, no")
    options = CheckOptions()
    return preview(hits, marks, options.statement_met, options.statement_denied)
