"""What the child does, in this process: statements that are new to a stored German call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from api.jobs.stages import Bench, answer
from api.results import Result, result_from_json, result_to_json
from api.settings import Settings
from api.store.files import Files
from api.wiring import Services
from models.fakes import FakeEmbedder, FakeEntailer, fake_toolbox
from pipeline.domain import CallAnalysis, Role, Speaker
from tests.factories import make_transcript

GERMAN = "Danke. Unsere Leute verlieren jede Woche viele Stunden mit Notizen im System."
ENGLISH = "Thanks. Our people lose many hours every week on notes in the system."
STATEMENT = "People lose hours on notes"
PROFILE = {
    "id": "p", "name": "P", "seller": {"company": "Northwind"},
    "criteria": [{"id": "notes", "dimension": "pain", "statement": STATEMENT}],
}  # fmt: skip


def test_a_recheck_weighs_a_german_call_in_english_and_quotes_the_german(tmp_path: Path) -> None:
    call = make_transcript((("S1", "Was stört Sie?"), ("S2", GERMAN)), language="de")
    first, second = call.turns
    turns = (replace(first, english="What bothers you?"), replace(second, english=ENGLISH))
    speakers = (Speaker("S1", Role.REP), Speaker("S2", Role.PROSPECT))
    call = replace(call, turns=turns, speakers=speakers)
    entailer = FakeEntailer({("lose many hours", STATEMENT): 0.97})
    toolbox = fake_toolbox(entailer=entailer, embedder=FakeEmbedder())
    bench = Bench(Services(Settings(data_dir=tmp_path), toolbox), Files(None, tmp_path))
    stored = bench.files.put_json(result_to_json(Result(CallAnalysis(call, ()))))
    request = {"kind": "check", "result": stored, "profiles": [{"body": PROFILE, "version": 1}]}
    found = answer(bench, request, lambda _message: None)
    result = result_from_json(bench.files.get_json(str(found["result"])))
    weighed = {s.quote: s for s in result.analysis.statements if s.supports > 0.5}
    assert weighed, result.analysis.statements
    (quote,) = weighed
    assert quote in GERMAN
    assert weighed[quote].quote_en in ENGLISH  # type: ignore[operator]
    assert result.analysis.transcript.turns == call.turns
    (row,) = found["checks"]  # type: ignore[misc]
    (criterion,) = row["body"]["criteria"]
    assert criterion["status"] == "met"
    assert "Stunden" in criterion["explanation"]
