"""A stored analysis, with what people corrected, held against profiles. No model hears or reads.

So a verdict, a changed role or a changed profile counts at once. Trap: a statement that is new in a
profile was never weighed for the call, and stays unknown until a recheck weighs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.results import Result
from api.store.records import CheckRow, ProfileVersion
from api.wiring import Services
from pipeline.corrections import SpeakerEdit, Verdict, correct
from pipeline.domain import CallAnalysis, Profile
from pipeline.formats import check_to_json
from pipeline.profile import profile_from_mapping


@dataclass(frozen=True, slots=True)
class Corrections:
    """All that people said of a call, and the call's revision when it was read."""

    edits: tuple[SpeakerEdit, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    rev: int = 0


def profile_of(version: ProfileVersion) -> Profile:
    """The profile that a stored version holds."""
    profile = profile_from_mapping(version.body, name=version.profile_id)
    return replace(profile, version=version.version)


def counted(result: Result, corrections: Corrections) -> CallAnalysis:
    """The analysis that counts."""
    return correct(result.analysis, corrections.edits[result.edits :], corrections.verdicts)


def score(
    services: Services, result: Result, corrections: Corrections, profiles: Sequence[Profile]
) -> tuple[CheckRow, ...]:
    """The call's checks against these profiles, in their order."""
    analysis = counted(result, corrections)
    return tuple(_check(services, analysis, profile) for profile in profiles)


def _check(services: Services, analysis: CallAnalysis, profile: Profile) -> CheckRow:
    check = services.check(analysis, profile)
    return CheckRow(
        profile_id=profile.id,
        version=profile.version,
        tier=check.tier,
        fit=check.fit,
        coverage=check.coverage,
        disqualified=check.disqualified,
        quadrant=check.quadrant or None,
        engagement=check.engagement,
        body=check_to_json(check),
    )
