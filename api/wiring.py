"""Settings → services: the only place where the product's parts are put together.

`open_services` costs nothing: models and lexicons are loaded when the first call needs them, and
then once per process. Tests hand in a toolbox of stand-ins instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from api.settings import Settings
from models.toolbox import ToolboxOptions, build_toolbox, preloading, require_weights
from pipeline.analyze import StepRunner, analyze_call, analyze_transcript, weigh_spoken
from pipeline.assess import assess_deal, check_call, check_deal, engagement_of
from pipeline.deals.types import Assessment
from pipeline.domain import (
    CallAnalysis,
    Check,
    Dimension,
    Profile,
    Recording,
    Signal,
    Statement,
    StatementEvidence,
    Transcript,
)
from pipeline.hypotheses import hypotheses_of
from pipeline.industry_answers import answers, asking_first, open_questions
from pipeline.insights.diff import unchanged_rules
from pipeline.knowledge import CheckOptions, Knowledge, remembering
from pipeline.lexicon.products import ProductGazetteer
from pipeline.ports import Progress, Toolbox, no_progress
from pipeline.redaction import redact


@dataclass
class Services:
    """What the outside surfaces use; safe to keep for the life of a process."""

    settings: Settings
    toolbox: Toolbox
    options: ToolboxOptions | None = None
    """Of the real models; None with stand-ins, which need no weights."""

    @cached_property
    def knowledge(self) -> Knowledge:
        """What checks look up about products, industries, functions, titles and places."""
        from pipeline.lexicon.functions import FunctionIndex
        from pipeline.lexicon.industries import IndustryTaxonomy
        from pipeline.lexicon.titles import TitleIndex

        return Knowledge(
            places=self.toolbox.places,
            products=ProductGazetteer.load(),
            industries=IndustryTaxonomy.load(),
            functions=FunctionIndex.load(),
            titles=TitleIndex.load(),
            similarity=self._similarity,
            entails=self._entails,
        )

    def analyze(
        self,
        call: Recording | Transcript,
        profiles: Sequence[Profile],
        *,
        rep: str | None = None,
        progress: Progress = no_progress,
    ) -> CallAnalysis:
        """Signals of one call, and how it bears on every statement of these profiles."""
        if self.options:
            require_weights(self.options, audio=isinstance(call, Recording))
        statements = statements_of(profiles)
        seller = profiles[0].seller.company if profiles else ""
        with preloading(self.toolbox, load_lexicons):
            if isinstance(call, Recording):
                found = analyze_call(
                    call,
                    statements,
                    self.toolbox,
                    hints=hints_of(profiles),
                    rep=rep,
                    seller=seller,
                    step=announced(progress),
                    progress=progress,
                )
            else:
                found = analyze_transcript(
                    call,
                    statements,
                    self.toolbox,
                    rep=rep,
                    seller=seller,
                    step=announced(progress),
                    progress=progress,
                )
        found = self._without_people(found, profiles) if self.settings.redact else found
        return self._with_answers(found, profiles)

    def _without_people(self, analysis: CallAnalysis, profiles: Sequence[Profile]) -> CallAnalysis:
        """The analysis without personal data; names of companies and tools stay."""
        from models.personal import PersonalFinder

        sellers = {
            n.casefold() for p in profiles for n in (p.seller.company, *p.seller.competitors)
        }
        tools = ProductGazetteer.load()

        def is_thing(name: str) -> bool:
            known = any(hit.surface == name for hit in tools.find(name))
            return known or name.casefold() in sellers

        return redact(analysis, PersonalFinder(self.toolbox.tagger, is_thing))

    def check(self, analysis: CallAnalysis, profile: Profile) -> Check:
        """One analysed call held against one of the profiles it was analysed for."""
        return check_call(own_statements(analysis, profile), profile, self._knowing([analysis]))

    def assess(
        self,
        analyses: Sequence[CallAnalysis],
        profile: Profile,
        *,
        deal_id: str | None = None,
        facts: Sequence[Signal] = (),
    ) -> Assessment:
        """All analysed calls of a deal, in their order, held against one profile."""
        own = tuple(own_statements(analysis, profile) for analysis in analyses)
        return assess_deal(
            own, profile, self._knowing(analyses), deal_id=deal_id, facts=facts,
            options=self._options,
        )  # fmt: skip

    def check_change(
        self,
        analyses: Sequence[CallAnalysis],
        before: Profile,
        after: Profile,
        *,
        deal_id: str | None = None,
    ) -> tuple[Check, Check]:
        """A deal's checks against a profile and a changed one; what is asked alike counts alike."""
        knowledge, engagement = self._knowing(analyses), engagement_of(analyses)
        old = check_deal(
            [own_statements(analysis, before) for analysis in analyses], before, knowledge,
            deal_id=deal_id, options=self._options, engagement=engagement,
        )  # fmt: skip
        same = set(unchanged_rules(before, after))
        known = [r for r in (*old.criteria, *old.triggers, *old.disqualifiers) if r.id in same]
        new = check_deal(
            [own_statements(analysis, after) for analysis in analyses], after, knowledge,
            deal_id=deal_id, options=self._options, engagement=engagement, known=known,
        )  # fmt: skip
        return old, new

    def check_deal(self, analyses: Sequence[CallAnalysis], profile: Profile) -> Check:
        """The check of an assessment alone: for many deals at once."""
        own = [own_statements(analysis, profile) for analysis in analyses]
        return check_deal(own, profile, self._knowing(analyses), options=self._options)

    @cached_property
    def _cached(self) -> Knowledge:
        return remembering(self.knowledge)

    def _knowing(self, analyses: Sequence[CallAnalysis]) -> Knowledge:
        """What checks look up, with the answers that are kept with these calls."""
        entails = asking_first(analyses, self._cached.entails or self._entails)
        return replace(self._cached, entails=entails)

    @property
    def _options(self) -> CheckOptions:
        return CheckOptions(half_life_days=self.settings.half_life_days)

    def _with_answers(self, analysis: CallAnalysis, profiles: Sequence[Profile]) -> CallAnalysis:
        pairs = open_questions(analysis, profiles, self.knowledge)
        if not pairs:
            return analysis
        told = self.toolbox.entailer.entail([(_premise(quote), asked) for quote, asked in pairs])
        return replace(analysis, statements=(*analysis.statements, *answers(pairs, told)))

    def weigh_missing(self, analysis: CallAnalysis, profiles: Sequence[Profile]) -> CallAnalysis:
        """The analysis with evidence on every statement of these profiles; nothing is heard."""
        known = {found.statement for found in analysis.statements}
        missing = [s for s in statements_of(profiles) if s.id not in known]
        if missing:
            if self.options:
                require_weights(self.options, audio=False)
            found = weigh_spoken(
                analysis.transcript, missing, self.toolbox.entailer, self.toolbox.embedder
            )
            analysis = replace(analysis, statements=(*analysis.statements, *found))
        return self._with_answers(analysis, profiles)

    def weigh_statement(self, analysis: CallAnalysis, statement: Statement) -> StatementEvidence:
        """How one call bears on a statement that no profile has yet."""
        if self.options:
            require_weights(self.options, audio=False)
        box = self.toolbox
        return weigh_spoken(analysis.transcript, [statement], box.entailer, box.embedder)[0]

    def _entails(self, quote: str, hypothesis: str) -> float:
        return self.toolbox.entailer.entail([(_premise(quote), hypothesis)])[0]

    def _similarity(self, a: str, b: str) -> float:
        first, second = self.toolbox.embedder.embed([a, b])
        return max(0.0, sum(x * y for x, y in zip(first, second, strict=True)))


def _premise(quote: str) -> str:
    return f"Prospect: {quote}"


def own_statements(analysis: CallAnalysis, profile: Profile) -> CallAnalysis:
    """The analysis with the evidence on this profile's statements alone, by their ids in it."""
    found = {evidence.statement: evidence for evidence in analysis.statements}
    own = tuple(
        replace(found[_key(statement)], statement=statement.id)
        for statement in (*profile.statements(), *hypotheses_of(profile))
        if _key(statement) in found
    )
    return replace(analysis, statements=own)


def load_lexicons() -> None:
    """Read the word lists now, with the index of how products sound, and keep them."""
    from pipeline.lexicon.functions import FunctionIndex
    from pipeline.lexicon.industries import IndustryTaxonomy
    from pipeline.lexicon.titles import TitleIndex

    for lexicon in (IndustryTaxonomy, FunctionIndex, TitleIndex):
        lexicon.load()
    ProductGazetteer.load().canonical("nothing in particular")


def announced(progress: Progress) -> StepRunner:
    """A step runner that tells when a stage begins and ends, for stages that do not tell it."""

    def step(name: str, stage: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if "progress" in options:
            return stage(*args, **options)
        progress(name, 0.0, 1.0)
        result = stage(*args, **options)
        progress(name, 1.0, 1.0)
        return result

    return step


def statements_of(profiles: Sequence[Profile]) -> tuple[Statement, ...]:
    """The statements of all profiles, each once; known by what they say, for ids may clash."""
    every = [s for p in profiles for s in (*p.statements(), *hypotheses_of(p))]
    return tuple({_key(s): replace(s, id=_key(s)) for s in every}.values())


def _key(statement: Statement) -> str:
    return f"{statement.dimension or 'any'}: {statement.text}"


def hints_of(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """Names that may be said on a call, for the recogniser; the profiles' names first."""
    names: list[str] = []
    for profile in profiles:
        names += [profile.seller.company, *profile.seller.competitors]
        conditions = [criterion.condition for criterion in profile.criteria]
        conditions += [disqualifier.condition for disqualifier in profile.disqualifiers]
        for condition in conditions:
            if condition.dimension is Dimension.TECH_STACK:
                names += [*condition.any_of, *condition.all_of, *condition.none_of]
    names += ProductGazetteer.load().hint_names()
    return tuple(dict.fromkeys(name for name in names if name))


def open_services(settings: Settings) -> Services:
    """Services with the real models, none of them loaded yet."""
    options = ToolboxOptions(
        data_dir=settings.data_dir,
        model=settings.model,
        threads=settings.threads,
        device=settings.device,
        allow_download=settings.allow_download,
        max_hours=settings.max_hours,
    )
    return Services(settings, build_toolbox(options), options)
