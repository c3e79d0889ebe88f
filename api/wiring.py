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
from pipeline.analyze import StepRunner, analyze_call, analyze_transcript
from pipeline.assess import check_call
from pipeline.domain import (
    CallAnalysis,
    Check,
    Dimension,
    Profile,
    Recording,
    Statement,
    Transcript,
)
from pipeline.hypotheses import hypotheses_of
from pipeline.knowledge import Knowledge
from pipeline.lexicon.products import ProductGazetteer
from pipeline.ports import Progress, Toolbox, no_progress


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
                return analyze_call(
                    call,
                    statements,
                    self.toolbox,
                    hints=hints_of(profiles),
                    rep=rep,
                    seller=seller,
                    step=announced(progress),
                    progress=progress,
                )
            return analyze_transcript(
                call,
                statements,
                self.toolbox,
                rep=rep,
                seller=seller,
                step=announced(progress),
                progress=progress,
            )

    def check(self, analysis: CallAnalysis, profile: Profile) -> Check:
        """One analysed call held against one of the profiles it was analysed for."""
        found = {evidence.statement: evidence for evidence in analysis.statements}
        own = tuple(
            replace(found[_key(statement)], statement=statement.id)
            for statement in (*profile.statements(), *hypotheses_of(profile))
            if _key(statement) in found
        )
        return check_call(replace(analysis, statements=own), profile, self.knowledge)

    def _entails(self, quote: str, hypothesis: str) -> float:
        return self.toolbox.entailer.entail([(f"Prospect: {quote}", hypothesis)])[0]

    def _similarity(self, a: str, b: str) -> float:
        first, second = self.toolbox.embedder.embed([a, b])
        return max(0.0, sum(x * y for x, y in zip(first, second, strict=True)))


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
