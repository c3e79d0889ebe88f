"""Profiles: what loads, and that every mistake is named with its field, line and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.domain import Dimension, Profile
from pipeline.errors import BadProfile
from pipeline.profile import LARGEST_FILE, load_profile, profile_from_mapping, read_draft

EXAMPLE = Path(__file__).parents[2] / "pipeline" / "data" / "profiles" / "example.yaml"
HEAD = "id: p\nseller: {company: Northwind}\ncriteria:\n"
SIZE = "  - {id: size, dimension: headcount, min: 200, max: 1000}\n"


def load(tmp_path: Path, text: str, name: str = "p.yaml") -> Profile:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_profile(path)


def problems(tmp_path: Path, text: str, name: str = "p.yaml") -> list[tuple[int, str, str]]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadProfile):
        load_profile(path)
    return [(p.line, p.field, f"{p.message} ({p.remedy})") for p in read_draft(path).problems]


def test_the_example_profile() -> None:
    profile = load_profile(EXAMPLE)
    by_id = {rule.id: rule for rule in profile.criteria}
    assert by_id["size"].required
    assert by_id["size"].condition.min == 200
    assert by_id["crm"].condition.status == ("current",)
    assert by_id["revops"].condition.status == ("present",)
    assert by_id["notes"].condition.dimension is Dimension.PAIN
    assert profile.triggers[0].within_months == 12
    assert profile.disqualifiers[0].hard
    assert list(profile.tiers) == ["A", "B", "C"]
    assert profile.seller.competitors == ("Gong", "Chorus")


def test_statements_take_in_the_sentence_that_clears_a_kind_of_blocker() -> None:
    found = {s.id: s.text for s in load_profile(EXAMPLE).statements()}
    assert set(found) == {"notes", "new_cro", "locked", "onprem"}
    assert "contract" in found["locked"]


def test_defaults_and_a_statement_without_dimension(tmp_path: Path) -> None:
    profile = load(tmp_path, HEAD + "  - {id: s, statement: 'Reps  lose time'}\n")
    rule = profile.criteria[0]
    assert (rule.weight, rule.required, rule.condition.dimension) == (1.0, False, None)
    assert rule.condition.statement == "Reps lose time"
    assert profile.tiers == {"A": 0.75, "B": 0.5, "C": 0.25}
    assert (profile.name, profile.version, profile.triggers) == ("p", 1, ())


def test_json_is_as_good_as_yaml(tmp_path: Path) -> None:
    data = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    data["name"] = "Zürich \U0001f600"
    from_json = load(tmp_path, json.dumps(data, indent="\t"), "p.json")
    assert from_json == profile_from_mapping(data)
    assert from_json.name == "Zürich \U0001f600"


def test_fixed_vocabularies_are_read_as_people_write_them(tmp_path: Path) -> None:
    rule = "  - {id: s, dimension: growth_stage, any_of: [Series A, series-b, series_a]}\n"
    assert load(tmp_path, HEAD + rule).criteria[0].condition.any_of == ("series_a", "series_b")


RULES = [
    ("{id: x, dimension: headcount, min: 500, max: 200}", "criteria[0].min", "above max"),
    ("{id: x, dimension: hedcount, min: 5}", "criteria[0].dimension", "did you mean headcount?"),
    ("{id: x, dimension: headcount, min: 5, wieght: 2}", "criteria[0].wieght", "mean weight?"),
    ("{id: x, dimension: headcount}", "criteria[0]", "nothing of headcount is asked"),
    ("{id: x}", "criteria[0]", "nothing is asked"),
    ("{id: x, any_of: [a]}", "criteria[0]", "needs a dimension"),
    ("{id: x, statement: ''}", "criteria[0].statement", "is empty"),
    ("{id: x, statement: }", "criteria[0].statement", "no text"),
    ("{id: x, statement: '   '}", "criteria[0].statement", "is empty"),
    ("{id: x, dimension: headcount, min: '5'}", "criteria[0].min", "expected a number"),
    ("{id: x, dimension: headcount, min: .nan}", "criteria[0].min", "expected a number"),
    ("{id: x, dimension: headcount, min: .inf}", "criteria[0].min", "expected a number"),
    ("{id: x, dimension: headcount, min: -5}", "criteria[0]", "below zero"),
    ("{id: x, dimension: headcount, min: yes}", "criteria[0].min", "true"),
    ("{id: x, dimension: headcount, min: 5, weight: -1}", "criteria[0].weight", "below 0"),
    (
        "{id: x, dimension: headcount, min: 5, weight: 1e9}",
        "criteria[0].weight",
        "expected a number",
    ),
    (
        "{id: x, dimension: headcount, min: 5, required: maybe}",
        "criteria[0].required",
        "true or false",
    ),
    ("{id: x, dimension: headcount, any_of: [5]}", "criteria[0].any_of[0]", "put it in quotes"),
    ("{id: x, dimension: headcount, any_of: ['5']}", "criteria[0].any_of", "use min and max"),
    ("{id: x, dimension: industry, min: 5}", "criteria[0].min", "no number"),
    ("{id: x, dimension: industry, any_of: software}", "criteria[0].any_of", "write [software]"),
    ("{id: x, dimension: geography, any_of: [NO]}", "criteria[0].any_of[0]", 'example "no"'),
    ("{id: x, dimension: geography, any_of: [DE], kind: head}", "criteria[0].kind", "hq"),
    ("{id: x, dimension: growth_stage, any_of: [series_q]}", "criteria[0].any_of[0]", "series_"),
    ("{id: x, dimension: business_model, all_of: [b2g]}", "criteria[0].all_of[0]", "b2"),
    (
        "{id: x, dimension: tech_stack, any_of: [A], status: [curent]}",
        "criteria[0].status",
        "current",
    ),
    ("{id: x, dimension: headcount, min: 5, status: [current]}", "criteria[0].status", "no status"),
    ("{id: x, dimension: industry, any_of: [a], kind: hq}", "criteria[0].kind", "takes no kind"),
    ("{id: x, dimension: revenue, min: 5, currency: EURO}", "criteria[0].currency", "EUR?"),
    ("{id: x, dimension: headcount, min: 5, currency: EUR}", "criteria[0].currency", "no money"),
    (
        "{id: x, dimension: headcount, min: 5, function: sales}",
        "criteria[0].function",
        "no function",
    ),
    ("{dimension: headcount, min: 5}", "criteria[0].id", "missing"),
    ("{id: 7, dimension: headcount, min: 5}", "criteria[0].id", 'example "7"'),
    ("{id: '?', dimension: headcount, min: 5}", "criteria[0].id", "cannot be an id"),
    ("[a, b]", "criteria[0]", "expected fields"),
    ("{id: x, id: y, dimension: headcount, min: 5}", "criteria[0].id", "twice"),
]


@pytest.mark.parametrize(("rule", "field", "problem"), RULES)
def test_every_mistake_in_a_rule_is_named(
    tmp_path: Path, rule: str, field: str, problem: str
) -> None:
    found = problems(tmp_path, f"{HEAD}  - {rule}\n")
    assert any(f[:2] == (4, field) and problem in f[2] for f in found), found


def test_doubled_ids_are_found_across_sections(tmp_path: Path) -> None:
    text = HEAD + SIZE + "triggers:\n  - {id: size, kind: funding}\n"
    assert problems(tmp_path, text)[0][:2] == (6, "triggers[0].id")


@pytest.mark.parametrize(
    ("rule", "field", "problem"),
    [
        ("{id: t, kind: fundin}", "triggers[0].kind", "did you mean funding?"),
        ("{id: t}", "triggers[0]", "neither kind nor statement"),
        ("{id: t, kind: funding, within_months: -1}", "triggers[0].within_months", "below 0"),
        ("{id: t, kind: funding, within_months: soon}", "triggers[0].within_months", "number"),
        ("{id: t, statement: }", "triggers[0].statement", "no text"),
    ],
)
def test_triggers(tmp_path: Path, rule: str, field: str, problem: str) -> None:
    found = problems(tmp_path, f"{HEAD}{SIZE}triggers:\n  - {rule}\n")
    assert found[0][:2] == (6, field)
    assert problem in found[0][2]


def test_disqualifiers_may_ask_for_a_kind_of_blocker(tmp_path: Path) -> None:
    text = HEAD + SIZE + "disqualifiers:\n  - {id: d, kind: KIND}\n"
    assert load(tmp_path, text.replace("KIND", "too_small")).disqualifiers[0].hard is False
    found = problems(tmp_path, text.replace("KIND", "lock_in"))
    assert "did you mean contract_lock_in?" in found[0][2]


@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        ("{A: 0.5, B: 0.6, C: 0.2}", "tiers.A"),
        ("{A: 0.5, B: 0.5, C: 0.2}", "tiers.A"),
        ("{A: 1.5}", "tiers.A"),
        ("{C: 0.5}", "tiers.C"),
        ("{A: high}", "tiers.A"),
        ("{E: 0.1}", "tiers.E"),
    ],
)
def test_tiers_fall_from_a_to_c_within_0_and_1(tmp_path: Path, tiers: str, field: str) -> None:
    found = problems(tmp_path, f"{HEAD}{SIZE}tiers: {tiers}\n")
    assert (5, field) in [f[:2] for f in found]


FILES = [
    ("", "empty"),
    ("- a\n- b\n", "mapping"),
    ("just text", "mapping"),
    ("id: p\n  name: [", "no YAML"),
    ("id: p\n\tname: x", "tabs"),
    ("id: &a [x]\nname: *a\n", "alias"),
    ("id: !!python/object/apply:os.system ['true']\n", "tag"),
    ("? [a, b]\n: 1\n", "no text"),
    ("a: " + "[" * 500, "nested too deeply"),
    ("id: p\nseller: {company: X}\ncriteria: []\n", "criteria is empty"),
    ("id: p\ncriteria:\n" + SIZE, "seller is missing"),
    ("id: p\n---\nid: q\n", "no YAML"),
    ("#" * (LARGEST_FILE + 1), "too large"),
]


@pytest.mark.parametrize(("text", "problem"), FILES)
def test_files_that_are_no_profile(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in found for _, _, found in problems(tmp_path, text))


def test_a_bomb_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert "alias" in problems(tmp_path, "\n".join(levels))[0][2]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"id": "p",}', "no JSON"),
        ('{"id": NaN}', "NaN"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": "p", "id": "q"}', "twice"),
    ],
)
def test_files_that_are_no_json(tmp_path: Path, text: str, problem: str) -> None:
    assert any(problem in found for _, _, found in problems(tmp_path, text, "p.json"))


def test_a_missing_file_a_folder_and_other_bytes(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "no.yaml", "no such file"), (tmp_path, "is a folder")):
        with pytest.raises(BadProfile, match=problem):
            load_profile(path)
    (tmp_path / "b.yaml").write_bytes(b"id: \xff\xfe")
    with pytest.raises(BadProfile, match="UTF-8"):
        load_profile(tmp_path / "b.yaml")


def test_all_mistakes_are_told_at_once_in_order_of_lines(tmp_path: Path) -> None:
    text = HEAD + "  - {id: a, dimension: hedcount}\n  - {id: a, statment: x}\ntiers: {A: 2}\n"
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadProfile) as caught:
        load_profile(path)
    told = str(caught.value)
    assert str(path) in told
    for part in (
        "line 4",
        "line 5",
        "line 6",
        "did you mean headcount?",
        "did you mean statement?",
    ):
        assert part in told
    lines = [p.line for p in read_draft(path).problems]
    assert lines == sorted(lines)


def test_one_mistake_names_file_field_line_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + "  - {id: x, dimension: headcount, min: 9, max: 1}\n", encoding="utf-8")
    with pytest.raises(BadProfile) as caught:
        load_profile(path)
    error = caught.value
    assert (error.file, error.field, error.remedy) == (str(path), "criteria[0].min", "swap the two")
    assert "line 4" in error.problem


def test_a_mapping_from_a_program() -> None:
    with pytest.raises(BadProfile) as caught:
        profile_from_mapping({"id": "p", "criteria": []}, name="request")
    assert caught.value.file == "request"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80) | st.lists(st.sampled_from(
    ["id: ", "p", "\n", "  ", "- ", "{", "}", "[", "]", ": ", ", ", "criteria:", "min", "&a", "*a",
     "!!int", "'", '"', "#", "%", "|", ">", "-1", "null", "~", "\t", "? ", "dimension: headcount"]
), max_size=20).map("".join))  # fmt: skip
def test_any_text_is_loaded_or_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    draft = read_draft(path)
    assert (draft.profile is None) == bool(draft.problems)
    assert all(p.message and p.line >= 1 for p in draft.problems)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["headcount", "funding", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(
        ["id", "seller", "company", "criteria", "triggers", "disqualifiers", "tiers", "A", "B",
         "dimension", "min", "max", "any_of", "kind", "statement", "weight"]), inner, max_size=4),
    max_leaves=15,
))  # fmt: skip
def test_any_mapping_is_loaded_or_refused(data: object) -> None:
    mapping = data if isinstance(data, dict) else {"criteria": data}
    with pytest.raises(BadProfile):
        profile_from_mapping({**mapping, "extra": 1})
