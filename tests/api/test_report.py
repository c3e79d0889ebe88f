from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from api.describe import Call, asked, value_text
from api.report import print_report
from pipeline.domain import (
    CallAnalysis,
    Check,
    Condition,
    Criterion,
    Dimension,
    Disqualifier,
    OpenQuestion,
    Profile,
    Range,
    Role,
    RuleResult,
    Seller,
    Signal,
    Speaker,
    Transcript,
    TriggerRule,
    Turn,
    Word,
)

PROFILE = Profile(
    id="midmarket",
    name="Mid-market [software]",
    seller=Seller("Northwind"),
    criteria=(
        Criterion("size", Condition(Dimension.HEADCOUNT, min=200, max=1000), 3, required=True),
        Criterion("crm", Condition(Dimension.TECH_STACK, any_of=("Salesforce", "HubSpot"))),
        Criterion("arr", Condition(Dimension.REVENUE, min=1e7, currency="USD")),
        Criterion("notes", Condition(statement="Reps lose time typing notes")),
        Criterion("region", Condition(Dimension.GEOGRAPHY, any_of=("DACH",))),
    ),
    triggers=(TriggerRule("funding", kind="funding"),),
    disqualifiers=(
        Disqualifier("locked", Condition(kind="contract_lock_in"), hard=True),
        Disqualifier("onprem", Condition(statement="Self-hosted only")),
    ),
)


def signal(id: str, dimension: Dimension, value: str | Range | None, **more: object) -> Signal:
    base = Signal(
        id, "c-1", dimension, value, "we said so", (1,), "S2", Role.PROSPECT, 0.9, start=61.2
    )
    return replace(base, **more)  # type: ignore[arg-type]


ANALYSIS = CallAnalysis(
    Transcript(
        "c-1",
        (
            Turn(0, "S1", "How many are you?", 58.0, 60.0),
            Turn(1, "S2", "About two fifty. We use hub spot.", 61.2, 66.0),
            Turn(2, "S3", "thank you thank you", 4000.0, 4010.0, quarantine="loop"),
            Turn(
                3, "S2", "go go go", 70.0, 72.0,
                (Word("go", 70.0, 70.3), Word("go", 70.4, 70.6, quarantine="loop"),
                 Word("go", 70.7, 71.0, quarantine="loop")),
            ),
        ),
        (Speaker("S1", Role.REP, "Dana"), Speaker("S2", Role.PROSPECT, "Lee"), Speaker("S3")),
        title="Discovery with \x1b[31mAcme [red]",
    ),
    (
        signal("sig_1", Dimension.HEADCOUNT, Range(250, 250), quote="About two fifty"),
        signal("sig_2", Dimension.TECH_STACK, "HubSpot", status="past", heard="hub spot"),
        signal("sig_3", Dimension.TRIGGER, "closed a round", kind="funding", when="in May"),
        signal("sig_4", Dimension.BLOCKER, "two more years on Gong", kind="contract_lock_in"),
        signal("sig_5", Dimension.REVENUE, Range(1.8e7, 1.8e7, "EUR"), quote="[bold]18\x07[/]"),
        signal("sig_6", Dimension.GEOGRAPHY, "Munich", kind="hq"),
        signal("sig_7", Dimension.GEOGRAPHY, "Leeds", kind="hq", turns=(3,), start=3661.0),
    ),
)  # fmt: skip

CHECK = Check(
    subject="c-1",
    profile_id="midmarket",
    profile_version=1,
    criteria=(
        RuleResult("size", "met", 0.97, ("sig_1",), "250 employees: within the limits"),
        RuleResult("crm", "not_met", 0.9, ("sig_2",)),
        RuleResult("arr", "unknown"),
        RuleResult("notes", "met", 0.8, quote="I type for hours", turns=(1,), start=62.0),
        RuleResult("region", "conflicting", 0.5, ("sig_6", "sig_7")),
    ),
    triggers=(RuleResult("funding", "detected", 0.9, ("sig_3",)),),
    disqualifiers=(
        RuleResult("locked", "raised", 0.9, ("sig_4",)),
        RuleResult("onprem", "unknown"),
    ),
    fit=0.81,
    coverage=0.7,
    tier="D",
    disqualified=True,
    engagement=0.6,
    quadrant="warm_up",
    open_questions=(OpenQuestion("arr", "What is your annual recurring revenue?"),),
    summary="Locked into a contract.",
)


def printed(
    analysis: CallAnalysis = ANALYSIS, check: Check = CHECK, *, width: int = 100, tty: bool = False
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=tty)
    print_report(console, analysis, [(PROFILE, check)])
    return out.getvalue()


def section(text: str, title: str) -> str:
    after = text.split(f"\n{title}\n", 1)[1]
    return after.split("\n\n", 1)[0]


def test_the_verdict_stands_first() -> None:
    head = printed().split("\n\n", 1)[0]
    for part in (
        "Discovery with Acme [red] · Mid-market [software]",
        "Tier D", "warm up", "DISQUALIFIED",
        "fit 0.81 · coverage 70% · engagement 0.60", "Locked into a contract.",
    ):  # fmt: skip
        assert part in head


def test_every_claim_has_its_words_its_moment_and_its_speaker() -> None:
    text = printed()
    fits = section(text, "Fits")
    assert "size  (headcount: 200 to 1,000; required)" in fits
    assert "250 employees  “About two fifty”  1:01 Lee (prospect)" in fits
    assert "“I type for hours”  1:02 Lee (prospect)" in fits
    assert "HubSpot (past; heard as “hub spot”)" in section(text, "Does not fit")
    assert "locked  (contract lock in; hard)" in section(text, "Disqualifies")
    assert "closed a round (funding; in May)" in section(text, "Triggers")
    conflict = section(text, "Conflicting")
    assert "Munich (hq)" in conflict
    assert "1:01:01" in conflict


def test_gaps_are_questions() -> None:
    text = printed()
    assert "? arr  What is your annual recurring revenue?" in text
    assert "Disqualifiers nobody settled: onprem" in text


def test_other_signals_and_caveats_come_last() -> None:
    text = printed()
    assert "18 million EUR" in section(text, "Also heard")
    assert "Munich" not in section(text, "Also heard")
    assert "left out as evidence: 2 × (1:06:40, 1:10)" in text
    assert "not sure which side is speaking: S3" in text


@pytest.mark.parametrize("tty", [False, True])
@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_words_of_the_call_never_drive_the_terminal(width: int, tty: bool) -> None:
    text = printed(width=width, tty=tty)
    assert "\x07" not in text
    assert "[31mAcme" not in text
    assert "[bold]18" in printed()
    if not tty:
        assert "\x1b" not in text
        assert max(map(len, text.splitlines())) <= width


def test_without_times_the_turn_is_named() -> None:
    turns = tuple(replace(t, start=None, end=None, words=()) for t in ANALYSIS.transcript.turns)
    signals = tuple(replace(s, start=None) for s in ANALYSIS.signals)
    timeless = replace(
        ANALYSIS, transcript=replace(ANALYSIS.transcript, turns=turns), signals=signals
    )
    assert "“About two fifty”  turn 2 Lee (prospect)" in printed(timeless)


def test_a_quote_in_another_language_has_its_english_beside_it() -> None:
    tools = (
        signal(
            "s", Dimension.TECH_STACK, "SAP", quote="Das läuft auf SAP.", quote_en="It runs on SAP."
        ),
        signal(
            "n", Dimension.NEXT_STEP, "We talk on Thursday", quote="Wir reden am Donnerstag.",
            quote_en="We talk on Thursday.",
        ),
    )  # fmt: skip
    check = replace(CHECK, criteria=(RuleResult("crm", "met", 1.0, ("s",)),))
    text = printed(replace(ANALYSIS, signals=tools), check, width=110)
    assert "“Das läuft auf SAP.”  = “It runs on SAP.”" in section(text, "Fits")
    assert "“Wir reden am Donnerstag.”  = “We talk on Thursday.”" in section(text, "Also heard")


def test_a_transcript_without_its_english_is_told() -> None:
    german = replace(ANALYSIS.transcript, language="de")
    text = " ".join(printed(replace(ANALYSIS, transcript=german)).split())
    assert "this call is in German and there is no English of it" in text
    assert "no English" not in printed()


def test_an_empty_call_says_so() -> None:
    empty = CallAnalysis(Transcript("c-2", ()), ())
    nothing = replace(
        CHECK, criteria=(), triggers=(), disqualifiers=(), tier=None, fit=None, coverage=0.0,
        disqualified=False, open_questions=(), summary="",
    )  # fmt: skip
    text = printed(empty, nothing)
    assert "Tier –" in text
    assert "fit – · coverage 0%" in text
    assert "Too little is known for a tier" in text
    assert "nothing about the account was found" in text


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            Condition(Dimension.TEAM_SIZE, min=20, function="sales"),
            "team size: 20 or more in sales",
        ),
        (Condition(Dimension.BUDGET, max=5e4, currency="EUR"), "budget: at most 50,000 EUR"),
        (Condition(Dimension.GROWTH_STAGE, none_of=("seed",)), "stage: none of seed"),
        (Condition(Dimension.TEAM), "team"),
        (Condition(Dimension.PAIN, statement="They wait"), "pain: “They wait”"),
    ],
)
def test_conditions_in_words(condition: Condition, words: str) -> None:
    assert asked(condition) == words


@pytest.mark.parametrize(
    ("value", "more", "words"),
    [
        (Range(None, 30.0), {}, "at most 30"),
        (Range(0.0, None), {}, "0 or more"),
        (
            Range(5e4, 5e4, "USD"),
            {"status": "unconfirmed"},
            "50,000 USD (unconfirmed)",
        ),
        (None, {"status": "unavailable"}, "unavailable"),
        (Range(10, 12), {"function": "sales"}, "10 to 12 in sales"),
    ],
)
def test_values_in_words(value: Range | None, more: dict[str, str], words: str) -> None:
    assert value_text(signal("s", Dimension.BUDGET, value, **more)) == words


def test_a_value_that_its_quote_says_is_not_said_twice() -> None:
    said = {"quote": "Well, we type notes all day long.", "kind": "no_priority"}
    assert value_text(signal("s", Dimension.BLOCKER, "We type notes all day.", **said)) == (
        "no priority"
    )
    assert value_text(signal("s", Dimension.BLOCKER, "Too much typing.", **said)) == (
        "Too much typing. (no priority)"
    )
    assert value_text(signal("s", Dimension.PERSONA, "Notes", quote="Notes", kind="attendee")) == (
        "Notes (attendee)"
    )


def test_signals_of_one_quote_share_a_row() -> None:
    tools = [
        signal(f"s{i}", Dimension.TECH_STACK, name, status="current", quote="Slack and Zoom")
        for i, name in enumerate(("Slack", "Zoom"))
    ]
    rows = Call(ANALYSIS).grouped(
        [*tools, signal("p", Dimension.PAIN, "x", quote="Slack and Zoom")]
    )
    assert rows == [
        ("tool", "Slack (current), Zoom (current)", "Slack and Zoom", "1:01"),
        ("pain", "x", "Slack and Zoom", "1:01"),
    ]


def test_many_proofs_are_cut_short() -> None:
    many = tuple(
        signal(f"m{i}", Dimension.GEOGRAPHY, f"Place {i}", kind="market") for i in range(6)
    )
    check = replace(CHECK, criteria=(RuleResult("region", "met", 1.0, tuple(s.id for s in many)),))
    fits = section(printed(replace(ANALYSIS, signals=many), check), "Fits")
    assert "Place 2" in fits
    assert "Place 3" not in fits
    assert "and 3 more" in fits


def test_a_proof_that_names_a_missing_signal_is_left_out() -> None:
    assert Call(ANALYSIS).proofs(RuleResult("x", "met", signals=("sig_none",))) == []
