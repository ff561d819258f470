"""Defects are drawn by a seed, each where its operator says, and only checks that count are counted."""

import ast
import json
import random
from pathlib import Path

import pytest
import yaml

from compendium.data.codebook import Column, Table
from compendium.errors import UserError
from compendium.review.mutation import in_code, in_outputs, in_text, score, work
from compendium.review.mutation.copies import ChildError, OverdueError, in_child
from compendium.review.mutation.draw import CLASSES, Change, Mutant, Place, draw, operators
from compendium.review.mutation.trial import Verdict
from compendium.text import LANGS, Text

ROOT = Path(__file__).parents[2]
COLUMNS = {"deaths": ["injured"], "year": ["month"]}


def place(operator, file, after):
    return Place(operator, file, "line 1", lambda _: Change("a", after, after.encode()))


def test_the_same_seed_draws_the_same_and_operators_take_turns():
    places = [place(op, f"{n}.csv", f"{op}{n}") for op in ("digit", "blank") for n in range(9)]
    one, two, other = (draw("data", places, seed, 8).mutants for seed in (1, 1, 2))
    assert one == two != other
    assert [mutant.operator for mutant in one] == ["digit", "blank"] * 4
    assert len({(mutant.file, mutant.after) for mutant in one}) == 8


def test_what_changes_nothing_is_counted_and_drawn_again_and_too_few_places_are_told():
    places = [place("digit", "a.csv", "b"), place("digit", "b.csv", " a ")]
    drawn = draw("data", places, 3, 1)
    assert [mutant.after for mutant in drawn.mutants] == ["b"]
    assert sum(draw("data", places, seed, 1).equivalent for seed in range(20)) > 0
    with pytest.raises(UserError, match="the class data has too few places"):
        draw("data", places, 3, 2)


def test_every_class_has_its_operators_in_both_languages_and_no_word_is_its_own_opposite():
    table = operators()
    assert set(table) == {*CLASSES, "words"}
    assert all(set(told) == set(LANGS) for kind in CLASSES for told in table[kind].values())
    pairs = [pair for both in table["words"].values() for lang in LANGS for pair in both[lang]]
    assert all(len({*pair}) == 2 for pair in pairs)


@pytest.mark.parametrize(
    ("before", "operator", "after"),
    [
        ("x = a < (b + 1)\n", "comparison", "x = a <= (b + 1)\n"),
        ("x = (a + b) * c\n", "arithmetic", "x = (a - b) * c\n"),
        ("x = f(0.95)\n", "constant", "x = f(1.045)\n"),
        ('x = t[t["k"] == 1]\n', "filter", "x = t\n"),
        ("x = t.dropna().sum()\n", "filter", "x = t.sum()\n"),
        ("x = t.sum(axis=0)\n", "axis", "x = t.sum(axis=1)\n"),
        ("x = sorted(t, key=f)\n", "sorted", "x = list(t)\n"),
        ("x = t.std(ddof=1)\n", "ddof", "x = t.std(ddof=0)\n"),
        ("x = a and b\n", "and_or", "x = a or b\n"),
        ("x = 事[1:]\n", "index", "x = 事[2:]\n"),
        ('x = t["deaths"]\n', "column", "x = t['injured']\n"),
    ],
)
def test_an_operator_of_code_changes_its_place_alone(tmp_path, before, operator, after):
    path = tmp_path / "m.py"
    path.write_text(before, "utf-8")
    found = list(in_code.in_modules(tmp_path, ["m.py"], COLUMNS))
    made = [p.make(random.Random(1)) for p in found if p.operator == operator]
    assert after in [change.content.decode() for change in made]


def test_docstrings_annotations_and_messages_are_no_places(tmp_path):
    text = (
        '"""A > 1."""\n\n\ndef f(x: t[1]) -> u[2]:\n    """B < 2."""\n    raise ValueError(3 + 4)\n'
    )
    (tmp_path / "m.py").write_text(text, "utf-8")
    assert list(in_code.in_modules(tmp_path, ["m.py"], COLUMNS)) == []


def notebook(*sources):
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "source": [source]}
        for n, source in enumerate(sources)
    ]
    cells[0]["metadata"]["tags"] = ["parameters"]
    return json.dumps({"cells": cells, "nbformat": 4}, ensure_ascii=False, indent=1) + "\n"


def test_in_notebooks_a_parameter_becomes_its_value_and_cells_that_need_each_other_swap(tmp_path):
    cells = ("level: float = 0.9\n", "import a\n", "x = f(level)\n", "y = x\n", "g()\n", "end()\n")
    (tmp_path / "n.ipynb").write_text(notebook(*cells), "utf-8")
    places = list(in_code.in_notebooks(tmp_path, ["n.ipynb"], {}, ["other"]))
    made = {p.operator: p.make(random.Random(1)) for p in places}
    book = json.loads(made["parameter"].content)
    assert book["cells"][2]["source"] == ["x = f(0.9)\n"]
    assert [p.where for p in places if p.operator == "swapped"] == ["cells c2, c3"]
    assert [p.where for p in places if p.operator == "removed"] == [f"cell c{n}" for n in (2, 3, 4)]


def test_a_cell_of_a_table_is_changed_and_no_other(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('name,year,n\n"a, ""b""",2001,5\nc,2002,7\n', "utf-8")
    kinds = {"name": "string", "year": "integer", "n": "integer"}
    label = Text("x", "x")
    columns = {name: Column(name, label, kind) for name, kind in kinds.items()}
    table = Table.__new__(Table)
    object.__setattr__(table, "path", path)
    object.__setattr__(table, "columns", columns)
    places = list(in_text.in_tables(tmp_path, [table]))
    for seed in range(6):
        made = [(p, p.make(random.Random(seed))) for p in places]
        texts = {(p.operator, p.where): c.content.decode() for p, c in made if c}
        assert texts["tenfold", "n"] in (
            'name,year,n\n"a, ""b""",2001,50\nc,2002,7\n',
            'name,year,n\n"a, ""b""",2001,5\nc,2002,70\n',
        )
        assert texts["blank", "name"].count(",") == path.read_text().count(",") - (
            "a, " not in texts["blank", "name"]
        )
        assert texts["doubled", ""].count("\n") == 4
        assert texts["dropped", ""].count("\n") == 2
    assert {p.where for p in places if p.operator == "year"} == {"year"}


def test_in_the_plan_a_predicate_turns_and_the_rest_of_the_file_stays(tmp_path):
    text = "tests:\n  - estimate: a.b\n    predicate: {greater_than: 0.5}\n    scale: share\n"
    (tmp_path / "p.yml").write_text(text, "utf-8")
    made = {p.operator: p.make(random.Random(2)) for p in in_text.in_plan(tmp_path, ["p.yml"])}
    turned = yaml.safe_load(made["direction"].content)["tests"][0]
    assert turned == {"estimate": "a.b", "predicate": {"less_than": 0.5}, "scale": "share"}
    bound = yaml.safe_load(made["bound"].content)["tests"][0]["predicate"]["greater_than"]
    assert bound in (0.4, 0.6, 0.7)


def test_words_are_changed_in_one_language_and_never_in_slots(tmp_path):
    text = 'a: {en: "Deaths rose by {rose|percent}. More is said.", zh: 死亡上升。另有说明。}\n'
    (tmp_path / "w.yml").write_text(text, "utf-8")
    groups = {"en": [["deaths", "injuries"]], "zh": [["死亡", "受伤"]]}
    places = list(in_text.in_words(tmp_path, ["w.yml"], groups))
    made = [p.make(random.Random(1)).content.decode() for p in places]
    assert text.replace("Deaths rose", "Deaths fell") in made
    assert text.replace("死亡", "受伤") in made
    assert text.replace("Deaths", "Injuries") in made
    assert all("{rose|percent}" in one for one in made if "rose|" not in one[:30])


def test_of_outputs_the_other_language_a_block_and_a_digit(tmp_path):
    from PIL import Image

    for lang in LANGS:
        (tmp_path / lang / "figures").mkdir(parents=True)
        Image.new("RGB", (40, 30), "white").save(tmp_path / lang / "figures" / "a.png")
        (tmp_path / lang / "figures" / "a.txt").write_text(f"{lang} 41 of 79\n")
    files = [f"{lang}/figures/a.{end}" for lang in LANGS for end in ("png", "txt")]
    places = [p for p in in_outputs.in_outputs(tmp_path, files, "reports") if "en/" in p.file]
    made = {(p.operator, p.where[-3:]): p.make(random.Random(1)) for p in places}
    assert made["language", "txt"].content == b"zh 41 of 79\n"
    digits = made["digit", "txt"].content
    assert sum(a != b for a, b in zip(digits, b"en 41 of 79\n", strict=True)) == 1
    assert made["block", "png"].content != (tmp_path / "en/figures/a.png").read_bytes()
    assert made["removed", "png"].content is None


def test_a_check_that_reads_the_reference_counts_for_the_first_score_alone():
    verdict = Verdict()
    verdict.see("rules", "")
    verdict.see("numbers", "0.5, not 0.4", of_reference=True)
    assert (verdict.a, verdict.b, verdict.settled) == ("numbers", "", False)
    verdict.see("the run fails", "KeyError")
    assert (verdict.a, verdict.b, verdict.settled) == ("numbers", "the run fails", True)
    assert verdict.why == "numbers: 0.5, not 0.4"


def test_scores_are_shares_of_the_defects_of_a_class_and_reasons_stay(tmp_path):
    def row(number, kind, a, b):
        told = dict.fromkeys(score.HEAD, "") | {"id": f"{kind}-{number}", "kind": kind}
        return told | {"a": a, "b": b, "place": str(number)}

    rows = [row(1, "data", "rules", "rules"), row(2, "data", "rows", ""), row(1, "plan", "", "")]
    assert score.table(rows, "en")[2:] == [
        "| data | 2 | 100.0% | 100.0% (2) | 50.0% | 0, 1 |",
        "| plan | 1 | 0.0% | 0.0% (1) | 0.0% | 1, 1 |",
        "| all | 3 | 66.7% | 66.7% (3) | 33.3% | 1, 2 |",
    ]
    same = [*rows[:2], {**rows[2], "reason": "equivalent: a share is never negative"}]
    assert score.table(same, "en")[3:] == [
        "| plan | 1 | 0.0% | – (0) | 0.0% | 1, 1 |",
        "| all | 3 | 66.7% | 100.0% (2) | 33.3% | 1, 2 |",
    ]
    path = tmp_path / "r.csv"
    score.write(path, [{**one, "reason": ""} for one in rows])
    path.write_text(path.read_text("utf-8-sig").replace("plan,,,1,,,,,,", "plan,,,1,,,,,,known"))
    score.write(path, rows)
    assert [one["reason"] for one in score.read(path)] == ["", "", "known"]
    assert [one["id"] for one in score.escaped(rows)] == ["plan-1"]


def test_results_go_on_where_a_kill_cut_them_off_and_of_another_defect_are_none(tmp_path):
    one, two = (Mutant(f"data-00{n}", "data", "digit", "t.csv", "n", "1", "2", b"") for n in (1, 2))
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps({**one.told(), "a": "x", "b": ""}) + "\n" + '{"id": "data-002", "k')
    assert [row["id"] for row in work.results_of([one, two], path)] == ["data-001"]
    other = Mutant("data-001", "data", "digit", "t.csv", "n", "1", "3", b"")
    assert work.results_of([other], path) == []


def test_a_child_gives_its_result_its_error_or_is_overdue():
    assert in_child(lambda: {"a": 1}, 60) == {"a": 1}
    with pytest.raises(ChildError, match="ZeroDivisionError"):
        in_child(lambda: 1 / 0, 60)
    with pytest.raises(OverdueError):
        in_child(lambda: random.Random(1) and __import__("time").sleep(60), 0.2)


def test_the_names_of_tests_that_defects_meet_are_tests():
    listed = yaml.safe_load((ROOT / "tests" / "mutations" / "tests.yml").read_text("utf-8"))
    for name in {name for names in listed.values() for name in names}:
        file, _, test = name.partition("::")
        if (ROOT / file).is_dir():
            assert any((ROOT / file).glob("test_*.py"))
            continue
        functions = {
            node.name
            for node in ast.parse((ROOT / file).read_text("utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        assert not test or test in functions


@pytest.mark.parametrize("lang", LANGS)
def test_the_readme_shows_the_scores_of_the_committed_results(lang):
    rows = score.read(ROOT / "tests" / "mutations" / "results.csv")
    if not rows:
        pytest.skip("no results of a full run are committed")
    readme = (ROOT / {"en": "README.md", "zh": "README.zh-CN.md"}[lang]).read_text("utf-8")
    assert "\n".join(score.table(rows, lang)) in readme
