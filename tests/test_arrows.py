"""Rooms import only what stands below them, and nothing in `src` is left that nothing reaches."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import size  # noqa: E402
import unreached  # noqa: E402

ORDER = [
    *("errors", "text", "console", "scratch", "threads", "registry", "running", "__version__"),
    *("surroundings", "root", "files", "characters", "strict_yaml", "strict_model"),
    *("packages", "outputs", "run_record"),
    *("stats", "qca", "measurement", "plan", "results", "estimators", "inference"),
    *("data", "survey", "exhibits", "claims", "vocabulary", "study"),
    *("report", "run", "review", "commands", "cli"),
]
"""Rooms of the engine from the ground up: none imports one that stands after it."""


def room(module):
    """The package of a study's module; the room of the engine's."""
    package, *inside = module.split(".")
    return inside[0] if package == "compendium" and inside else package


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "compendium":
            yield from (f"compendium.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def arrows():
    for name, module in unreached.read_house(ROOT / "src").modules.items():
        for other in imported(module.tree):
            if room(other) != room(name) and other.split(".")[0] in ("compendium", "grassroots"):
                yield room(name), room(other)


def test_the_engine_never_imports_the_study():
    assert [arrow for arrow in arrows() if arrow[1] == "grassroots"] == []


def test_every_room_of_the_engine_has_its_place_in_the_order():
    inside = (ROOT / "src" / "compendium").iterdir()
    rooms = {path.stem for path in inside if path.is_dir() or path.suffix == ".py"}
    rooms -= {"__init__", "__pycache__", "starter"}
    assert rooms == set(ORDER) - {"__version__"}


def test_no_arrow_runs_back():
    level = {name: position for position, name in enumerate(ORDER)}
    back = {(a, b) for a, b in arrows() if a in level and level[b] >= level[a]}
    assert back == set()


def test_nothing_in_src_is_unreached():
    assert unreached.unreached(ROOT) == []


def test_a_function_that_nobody_names_is_found_and_one_beside_its_module_is_told_apart(tmp_path):
    package = tmp_path / "src" / "compendium"
    (package / "oster").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "cli.py").write_text("def main():\n    return 0\n")
    (package / "study.py").write_text(
        "class Study:\n    def used(self): ...\n    def idle(self): ...\n"
    )
    (package / "oster" / "__init__.py").write_text("from compendium.oster.oster import oster\n")
    (package / "oster" / "oster.py").write_text("def oster(): ...\n\n\ndef other(): ...\n")
    (package / "register.py").write_text("")
    (tmp_path / "notebooks").mkdir()
    cell = '{"cells": [{"cell_type": "code", "source": ["import compendium.oster as o\\n", "o.oster().used()"]}]}'
    (tmp_path / "notebooks" / "01.ipynb").write_text(cell)
    assert unreached.unreached(tmp_path, ["compendium.register"]) == [
        ("compendium.oster.oster", "other"),
        ("compendium.study", "Study.idle"),
    ]


def test_the_size_of_the_house_counts_what_it_says(tmp_path):
    package = tmp_path / "src" / "compendium"
    package.mkdir(parents=True)
    (tmp_path / "src" / "grassroots").mkdir()
    for folder in ("tests", "tools", "notebooks"):
        (tmp_path / folder).mkdir()
    (package / "study.py").write_text(
        "from compendium.draw import draw\n\n\nclass Study:\n    def figure(self):\n"
        '        """Draw."""\n        return draw(self._data())\n\n    def _data(self):\n        return 1\n'
    )
    (package / "draw.py").write_text("def draw(x):\n    return x\n")
    cell = '{"cells": [{"cell_type": "code", "source": ["# 数\\n", "for i in x:\\n", "    record(i)"]}]}'
    (tmp_path / "notebooks" / "01.ipynb").write_text(cell)
    found = size.measured(tmp_path)
    assert (found["src_lines"], found["study_lines"]) == (12, 0)
    assert found["public_functions_with_docstring_percent"] == 50
    assert found["private_functions_with_one_caller"] == 1
    assert (found["figure_stays"], found["figure_files"]) == (3, 2)
    assert (found["notebook_code_lines"], found["notebook_record_loops"]) == (2, 1)
    assert found["notebook_code_chinese_characters"] == 1
