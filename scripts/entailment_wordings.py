"""What a signal says, as statements in many wordings: true, false and left open by the talk.

The wordings lie in `data/*.yaml`. The trap is truth: of a tool that the company uses elsewhere too,
or a size on which people disagree, only what no label contradicts is claimed.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from entailment_numbers import number_claims
from entailment_places import place_claims
from entailment_premises import Claim, Row, Talk, Window, content

SUBJECTS = (
    "The prospect", "The account", "The prospect's company", "The customer", "The organisation",
    "The business", "The firm", "This company",
)  # fmt: skip
VARIED_SUBJECT = 0.3
SINGLE = frozenset({"industry", "growth_stage"})
_VERBS = re.compile(
    r"^(?:loses|pays|lost|sells|learns|cannot|has|must|announced|raised|bought|opened|opening|laid|"
    r"closed|launched|launches|moved|moves|acquired|won|hired|plans|wants|started|starts|shipped|"
    r"became|merged|sold|cut|took|grew|entered|received|signed|spends|buys|opens|needs|knows|works|"
    r"let|completed|carved|doubled|only has|only allows|is|was)\b",
    re.IGNORECASE,
)
_NOUNISH = re.compile(
    r"^(?:a|an|the|one|two|three|half|all|every|product|room|time|lease|planning|coding|digital|"
    r"barcode|temperature|recording|loyalty|supplier|carbon|mobile|biometric|milk|payment|patient|"
    r"parent|customer|customers|forecast|vessel|cold|electronic|weekly|thirteen-week|role-based|"
    r"co-branded|lot|deal|dealers|clients|residents|assessors|contractors|superintendents|pubs|"
    r"crew|ai|stock|external|automated|\w+ing)\b",
    re.IGNORECASE,
)
_FINITE = re.compile(r"^[\w-]+ (?:\w+ )?(?:get|gets|see|know|pay|are|is|can|sign|put|write|send)\b")


class Wordings:
    """The wordings, with the values of all excerpts to draw other values from."""

    def __init__(self, folder: Path, talks: list[Talk]) -> None:
        book: dict[str, Any] = read_yaml(folder / "entailment_wordings.yaml")
        self.general: dict[str, list[str]] = read_yaml(folder / "abstractions.yaml")
        self.matched: list[Row] = book.pop("matched")
        self.sentences: dict[str, list[str]] = book.pop("sentences")
        self.common: list[str] = book.pop("common")
        self.book = book
        self.values: dict[str, list[str]] = defaultdict(list)
        for talk in talks:
            for signal in talk.signals:
                if isinstance(signal["value"], str):
                    self.values[signal["dimension"]].append(signal["value"])

    def claims_of(self, signal: Row, talk: Talk, rng: random.Random) -> Iterator[Claim]:
        """Statements on what one signal says."""
        same = talk.of_dimension(signal["dimension"])
        entry = self._entry(signal)
        if entry:
            agreed = self._agreed(signal, same)
            for answer, truth, count in (("holds", 1, 2), ("fails", -1, 2), ("open", 0, 1)):
                if truth <= 0 and not agreed:
                    continue
                for template in draw(entry.get(answer, []), count, rng):
                    yield Claim(self._fill(template, signal, talk, rng), truth)
        yield from number_claims(signal, same, rng)
        if signal["dimension"] == "geography":
            yield from place_claims(signal, same, rng)
        yield from self._matched(signal, rng)
        if signal["dimension"] in self.sentences:
            for _ in range(3):
                yield Claim(self.sentence(signal, rng), 1)

    def claims_of_others(
        self, signal: Row, talk: Talk, other: Talk, rng: random.Random
    ) -> Iterator[Claim]:
        """Statements of another deal, or of another dimension, on this signal's talk."""
        dimension = signal["dimension"]
        if dimension in self.sentences:
            own = content(" ".join(str(s["value"]) + s["quote"] for s in talk.signals))
            for value in draw(self.values[dimension], 4, rng):
                if len(content(value) & own) <= 1:
                    yield Claim(self.sentence({**signal, "value": value}, rng), 0)
        present = {(s["dimension"], s.get("kind")) for s in talk.signals}
        dimensions = {s["dimension"] for s in talk.signals}
        for foreign in draw(other.signals, 2, rng):
            key = (foreign["dimension"], foreign.get("kind"))
            single = foreign["dimension"] in dimensions and foreign["dimension"] != "trigger"
            if other.id == talk.id or key in present or single:
                continue
            claim = self.main_claim(foreign, rng)
            if claim is not None:
                yield claim.open()

    def general_claims(self, signal: Row, rng: random.Random) -> Iterator[Claim]:
        """What a value sentence means in general, and statements that only sound near to it."""
        for text in self.general.get(str(signal["value"]).strip(), []):
            truth = 0 if text.startswith("!") else 1
            yield Claim(self._subject(text.removeprefix("!"), rng), truth)

    def main_claim(self, signal: Row, rng: random.Random) -> Claim | None:
        """One true statement on a signal, where there is one."""
        if signal["dimension"] in self.sentences and rng.random() < 0.6:
            return Claim(self.sentence(signal, rng), 1)
        entry = self._entry(signal)
        if entry and entry.get("holds"):
            return Claim(self._fill(rng.choice(entry["holds"]), signal, None, rng), 1)
        numbers = [claim for claim in number_claims(signal, [signal], rng) if claim.truth > 0]
        return rng.choice(numbers) if numbers else None

    def claims_on_nothing(self, window: Window, talk: Talk, rng: random.Random) -> Iterator[Claim]:
        """Statements that talk without any signal leaves open: its tool names, common wishes."""
        own = content(" ".join(str(s["value"]) for s in talk.signals))
        words = content(window.text)
        for text in draw(self.common, 3, rng):
            if len(content(text) & words) <= 1 and not content(text) & own:
                yield Claim(self._subject(text, rng), 0)
        used = {str(s["value"]).lower() for s in talk.of_dimension("tech_stack")}
        named = {v for v in self.values["tech_stack"] if len(v) > 3 and v in window.text}
        for name in sorted(v for v in named if v.lower() not in used)[:2]:
            entry = self.book["tech_stack"][rng.choice(("current", "evaluating", "planned"))]
            yield Claim(self._subject(rng.choice(entry["holds"]).format(v=name), rng), 0)

    def sentence(self, signal: Row, rng: random.Random) -> str:
        """The value of a signal as a sentence."""
        dimension, value = signal["dimension"], str(signal["value"]).strip().rstrip(".")
        bare = value if value[:2].isupper() or value[:1].islower() else decapitalised(value)
        if dimension == "use_case" and (_NOUNISH.match(value) or _FINITE.match(value)):
            dimension = "use_case_noun"
        if dimension in ("pain", "trigger", "blocker") and _VERBS.match(value):
            value, bare = f"The company {bare}", f"the company {bare}"
        template = rng.choice(self.sentences[dimension])
        whole = f"{value[:1].upper()}{value[1:]}."
        return self._subject(template.format(s=whole, c=bare), rng)

    def _entry(self, signal: Row) -> dict[str, list[str]] | None:
        book = self.book.get(signal["dimension"])
        if book is None:
            return None
        if signal["dimension"] == "growth_rate":
            value = signal["value"]
            if not isinstance(value, dict):
                return None
            low, high = value.get("min"), value.get("max")
            grows = (low or 0) > 0
            return book["grows" if grows else "shrinks"] if grows or (high or 0) < 0 else None
        key = signal.get("status") or signal.get("kind")
        if signal["dimension"] in ("business_model", "growth_stage"):
            key = signal["value"]
        return book.get(key) or book.get("*")

    def _agreed(self, signal: Row, same: list[Row]) -> bool:
        """Whether no other label of the excerpt says another thing of the same value."""
        dimension = signal["dimension"]
        if dimension in ("growth_stage", "budget", "growth_rate"):
            marks = {(s.get("status"), str(s["value"])) for s in same}
            return len(marks) == 1 or dimension != "budget" and len(same) == 1
        mine = str(signal["value"]).lower()
        alike = [s for s in same if str(s["value"]).lower() == mine]
        return len({(s.get("status"), s.get("kind")) for s in alike}) == 1

    def _fill(self, template: str, signal: Row, talk: Talk | None, rng: random.Random) -> str:
        value = str(signal["value"])
        known = {str(s["value"]).lower() for s in talk.signals} if talk else {value.lower()}
        others = [str(s["value"]) for s in talk.of_dimension(signal["dimension"])] if talk else []
        others = [v for v in others if v.lower() != value.lower()] if "{w}" in template else []
        pool = self.values[signal["dimension"]] or [value]
        other = next(
            (v for v in draw(pool, 20, rng) if v.lower() not in known
             and not content(v) & content(" ".join(known))), pool[0],
        )  # fmt: skip
        function = str(signal.get("function") or "operations")
        return self._subject(template.format(v=value, w=other, f=function), rng)

    def _matched(self, signal: Row, rng: random.Random) -> Iterator[Claim]:
        value = str(signal["value"])
        for rule in self.matched:
            if rule["dimension"] != signal["dimension"]:
                continue
            if "kind" in rule and rule["kind"] != signal.get("kind"):
                continue
            if re.search(rule["match"], value, re.IGNORECASE):
                for text in draw(rule["holds"], 2, rng):
                    yield Claim(self._subject(text, rng), 1)
            elif rule["else"] and rng.random() < 0.12:
                yield Claim(self._subject(rng.choice(rule["else"]), rng), 0)

    def _subject(self, text: str, rng: random.Random) -> str:
        """The statement about "the account", "the prospect" … now and then."""
        text = text[:1].upper() + text[1:]
        if rng.random() >= VARIED_SUBJECT:
            return text
        subject = rng.choice(SUBJECTS)
        lower = subject[:1].lower() + subject[1:]
        return re.sub(
            r"\b[Tt]he company\b(?!')",
            lambda m: subject if m.group()[0] == "T" else lower,
            text,
        )


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def draw(items: list[Any], count: int, rng: random.Random) -> list[Any]:
    """Up to `count` different items."""
    return rng.sample(items, min(count, len(items)))


def decapitalised(value: str) -> str:
    """The value with a small first letter, unless the first word is a name or an abbreviation."""
    first = value.split()[0] if value.split() else ""
    common = first.lower() in content(first) or len(first) < 4 or first.lower().isalpha()
    is_name = first.isupper() or any(c.isupper() for c in first[1:])
    return value if is_name or not common else value[:1].lower() + value[1:]
