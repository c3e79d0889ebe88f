"""The parts of `icp batch` by themselves: manifests, cells, the bar's line, the page, estimates."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.batch.bar import Counter
from api.batch.crew import Outcome
from api.batch.estimate import estimate
from api.batch.figures import Figures, group_pains
from api.batch.listing import Item, read_listing
from api.batch.state import Entry, State, heard_key
from api.batch.summary import summary_page
from api.batch.tables import Table, cell, harmless
from api.settings import Settings
from pipeline.errors import BadUsage, InputError
from tests.factories import make_profile

EVIL = '<script>alert(1)</script>"&'


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        ("path\n", None, "names no file"),
        ("deal_id\nd-1\n", "line 1", "no column `file`"),
        ("file,file\na,b\n", "line 1", "two columns `file`"),
        ("file,deal_id\n,d-1\n", "line 2, file", "is empty"),
        ("file\na.wav\na.wav\n", "line 3", "stands on line 2 too"),
        ("file,recorded_at\na.wav,yesterday\n", "line 2, recorded_at", "is no date"),
        ("file,recorded_at\na.wav,0001-01-01T00:00+14:00\n", "line 2, recorded_at", "is no date"),
        ("file,account\na.wav," + "x" * 600 + "\n", "line 2, account", "too long"),
        ('file\n"a\n', "line 2", "is no CSV"),
    ],
)
def test_a_bad_manifest_is_refused_with_its_line(
    tmp_path: Path, text: str, field: str | None, problem: str
) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadUsage) as caught:
        read_listing(path, out=tmp_path / "out")
    assert (caught.value.file, caught.value.field) == (str(path), field)
    assert problem in caught.value.problem


def test_a_tree_takes_calls_by_content_and_leaves_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name, content in {
        "b/call.bin": b'{"turns": [{"speaker": "A", "text": "Hi."}]}',
        "a/x.wav": b"RIFF\0\0",
        "a/.hidden.wav": b"RIFF\0\0",
        "z.dat": b"\0\1\2",
        "empty.txt": b"",
        "empty.mp3": b"",
        "out/calls/r.json": b"{}",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    listing = read_listing(tmp_path, out=out)
    assert [item.name for item in listing.items] == ["a/x.wav", "b/call.bin", "empty.mp3"]
    assert {left.name: left.reason for left in listing.left_out} == {
        "empty.txt": "is empty", "z.dat": "no recording by its name",
    }  # fmt: skip


@given(st.text(max_size=20) | st.sampled_from(["=1+1", "+4", "-x", "@a", "\t=1", " =1", "＝1"]))
def test_no_cell_is_a_formula(text: str) -> None:
    shown = harmless(text)
    assert shown.removeprefix("'") == text or shown == text
    assert shown.lstrip()[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def test_cells_of_every_kind() -> None:
    assert cell(-1.5, "float") == "-1.5"
    assert cell(True, "bool") == "true"
    assert cell(("-a", "b"), "texts") == "'-a; b"
    assert cell([3, 4], "ints") == "3; 4"
    assert cell(None, "text") == ""


def test_a_table_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    columns = {"a": "text", "n": "ints"}
    with Table(tmp_path, "t", columns) as table:
        table.add({"a": "x", "n": [1]})
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert set(before) == {"t.csv", "t.parquet"}
    with pytest.raises(AttributeError), Table(tmp_path, "t", columns) as table:
        table.add(None)  # type: ignore[arg-type]
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_the_line_says_speed_failures_and_time_left() -> None:
    now, out = [0.0], io.StringIO()
    counter = Counter(
        {f"{i}": 2.0 for i in range(10)}, Console(file=out), every=30, clock=lambda: now[0]
    )
    for i in range(4):
        entry = Entry(str(i), "", "", done=i != 3)
        now[0] += 15
        counter.count(Outcome(Item(Path(f"{i}"), f"{i}"), str(i), entry, new=i > 1))
    # two of the four were done before: 2 new in 60 s, and 6 of equal size are left
    assert counter.line() == "4 of 10 calls, 2 a minute, 1 failed, 3 min 0 s left"
    assert "icp: 2 of 10 calls" in out.getvalue()


def test_an_estimate_uses_what_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_bytes(b"x" * 30_000)
    item = Item(path, "a.vtt")
    earlier = [
        Entry(str(i), "", "", True, kind="transcript", n_bytes=1000, seconds={"read": 0.5})
        for i in range(5)
    ]
    assert estimate([item], earlier).seconds == pytest.approx(15)
    assert estimate([item], []).measured is False


def test_half_a_line_in_the_journal_is_passed_over(tmp_path: Path) -> None:
    state = State(tmp_path)
    with state.opened():
        state.note(Entry("a" * 64, "h", "k", done=False, code="x", reason="y"))
    with (tmp_path / "state" / "journal.jsonl").open("a") as journal:
        journal.write('{"entry": {"sha": "b')
    again = State(tmp_path)
    with again.opened():
        again.note(Entry("c" * 64, "h", "k", done=False))
    last = State(tmp_path)
    last.read()
    assert set(last.entries) == {"a" * 64, "c" * 64}
    assert last.finished("a" * 64, "k") is not None
    assert last.finished("a" * 64, "other") is None


def test_a_file_is_hashed_again_only_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"one")
    state = State(tmp_path / "out")
    with state.opened():
        first = state.sha_of(path)
        path.write_bytes(b"other")
        assert state.sha_of(path) != first
        with pytest.raises(InputError, match="does not exist"):
            state.sha_of(tmp_path / "gone")


def test_what_is_heard_with_personal_data_is_heard_again_without() -> None:
    plain = Settings(redact=False)
    assert heard_key(plain) == heard_key(Settings(redact=False))
    assert heard_key(plain) != heard_key(plain.model_copy(update={"redact": True}))


def test_the_summary_escapes_and_needs_nothing_else() -> None:
    figures = Figures()
    call = {"words": 10, "duration": 60, "rep": EVIL}
    signal = {"call_id": "c", "confidence": 0.9, "quote": EVIL, "quote_en": None, "status": EVIL}
    signals = [
        {**signal, "dimension": "pain", "value": EVIL},
        {**signal, "dimension": "tech_stack", "value": EVIL},
    ]
    check = {"profile": "p", "tier": "A", "rule_kind": "criterion", "rule": EVIL}
    for _ in range(4):
        figures.add(call, signals, [{**check, "status": "unknown"}])
    pains = group_pains(figures, lambda texts: [[1.0] for _ in texts])
    assert [(g.text, g.calls) for g in pains] == [(EVIL, 1)]
    page = summary_page(figures, [make_profile(name=EVIL)], pains, deals=1, failed=0, left_out=0)
    assert EVIL not in page
    assert "<script" not in page
    assert not re.search(r"\b(?:src|href)\s*=|url\(|@import", page)
    for title in ("Tiers", "Criteria", "Who never asks what", "Tools", "Pains"):
        assert title in page
    assert "100%" in page
