"""The assessment of a deal over all its stored calls: taken from the store while it is current.

What was corrected counts; statements that were never weighed for a call stay open, a recheck weighs
them. Trap: an assessment is stored for the deal's revision that was read before its calls, so
whatever changes meanwhile makes it stale, never wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

from api.jobs.service import Service
from api.jobs.settling import read_corrections
from api.results import result_from_json
from api.scores import counted, profile_of
from api.store import calls, deals
from api.store.records import Deal, ProfileVersion
from api.store.scope import EVERYTHING, Scope
from api.wiring import Services, statements_of
from pipeline.deals.facts import read_facts
from pipeline.domain import CallAnalysis
from pipeline.formats_assessment import assessment_to_json
from pipeline.json_fields import Json


def assess_stored(
    service: Service, services: Services, deal: Deal, version: ProfileVersion, scope: Scope
) -> Mapping[str, object]:
    """The deal's assessment against a version of a profile, over the calls in the scope.

    Somebody who may not see all calls of a deal gets one of those that they see; it is not stored.
    """
    with service.database.reading() as connection:
        deal = deals.get(connection, deal.id) or deal
        seen = calls.of_deal(connection, deal.id, scope)
        whole = scope == EVERYTHING or calls.sees_deal(connection, deal.id, scope)
        if whole:
            current = deals.current_assessment(
                connection, deal, version.profile_id, version.version
            )
            if current is not None:
                return current
        stored = []
        for call in seen:
            key = calls.files(connection, call.id).get("result")
            if key is not None:
                stored.append((key, read_corrections(connection, call)))
    analyses = [
        counted(result_from_json(service.files.get_json(key)), said) for key, said in stored
    ]
    body = assess_now(services, deal, analyses, version)
    if whole:
        with service.database.unit_of_work() as connection:
            deals.add_assessment(connection, deal, version.profile_id, version.version, body)
    return body


def assess_now(
    services: Services, deal: Deal, analyses: list[CallAnalysis], version: ProfileVersion
) -> Json:
    """These analyses and the deal's facts held against a version of a profile."""
    profile = profile_of(version)
    facts = read_facts(deal.facts, deal.id, f"deal {deal.id}")
    body = assessment_to_json(services.assess(analyses, profile, deal_id=deal.id, facts=facts))
    asked = {statement.id for statement in statements_of([profile])}
    unweighed = [
        analysis.transcript.call_id
        for analysis in analyses
        if asked - {found.statement for found in analysis.statements}
    ]
    return {**body, "unweighed": unweighed}
