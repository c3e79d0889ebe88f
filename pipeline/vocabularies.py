"""The fixed words of the public formats: roles, dimensions, statuses and kinds.

Import them from `domain`, where all types are together.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The side a speaker is on."""

    REP = "rep"
    PROSPECT = "prospect"
    OTHER = "other"
    UNKNOWN = "unknown"


class Dimension(StrEnum):
    """What a signal says about the account."""

    INDUSTRY = "industry"
    HEADCOUNT = "headcount"
    TEAM_SIZE = "team_size"
    TEAM = "team"
    REVENUE = "revenue"
    GROWTH_RATE = "growth_rate"
    GEOGRAPHY = "geography"
    BUSINESS_MODEL = "business_model"
    GROWTH_STAGE = "growth_stage"
    TECH_STACK = "tech_stack"
    PAIN = "pain"
    USE_CASE = "use_case"
    SUCCESS_METRIC = "success_metric"
    TRIGGER = "trigger"
    BUDGET = "budget"
    AUTHORITY = "authority"
    TIMELINE = "timeline"
    BLOCKER = "blocker"
    NEXT_STEP = "next_step"
    PERSONA = "persona"


BUSINESS_MODELS = (
    "b2b", "b2c", "b2b2c", "marketplace", "subscription", "transactional", "usage_based",
    "sales_led", "product_led", "channel_led",
)  # fmt: skip
GROWTH_STAGES = (
    "pre_seed", "seed", "series_a", "series_b", "series_c", "series_d_plus", "bootstrapped",
    "pe_backed", "public", "startup", "scaleup", "enterprise", "nonprofit", "government",
)  # fmt: skip
TOOL_STATUSES = ("current", "past", "evaluating", "planned", "not_used")
TEAM_STATUSES = ("present", "absent")
BUDGET_STATUSES = ("available", "unavailable", "unconfirmed")
PLACE_KINDS = ("hq", "office", "market")
PERSONA_KINDS = ("attendee", "mentioned")
TRIGGER_KINDS = (
    "funding", "headcount_growth", "new_market", "leadership_hire", "tech_change",
    "merger_acquisition", "regulation", "contract_renewal", "product_launch", "layoffs",
)  # fmt: skip
BLOCKER_KINDS = (
    "contract_lock_in", "compliance_restriction", "incompatible_stack", "heavy_customization",
    "no_budget", "no_priority", "build_in_house", "roi_unclear", "unsupported_region", "too_small",
    "security_review",
)  # fmt: skip
