"""Measures the size of the house: a line NAME VALUE each, or `--json FILE`.

    python tools/size.py

Lines are plain lines of `.py` files, blank ones and docstrings among them. A private function has
one caller when its name is no other's in `src` and stands there once. One figure's way is a static
walk in the order of the text: from a function, each call of a function, method or class of `src`
that its names lead to is gone into once, the first time that it is met; a stay is a function or
class so met. Methods are found by `self`; calls through a value are not followed, so the count is
a lower bound, alike for every edition.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from unreached import FUNCTIONS, House, Module, notebook_code, read_house

Function = ast.FunctionDef | ast.AsyncFunctionDef
WIDE = 100
START = ("compendium.study", ("Study.figure", "Study.show"))
"""Where a figure sets out; the second name is that of the edition before."""


def lines_of(folder: Path) -> int:
    """Lines of all `.py` files below a folder."""
    return sum(len(path.read_text("utf-8").splitlines()) for path in folder.rglob("*.py"))


def functions_of(house: House) -> Iterator[tuple[Module, Function]]:
    """Every function and method below `src`, also those inside others."""
    for module in house.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, FUNCTIONS):
                yield module, node


def length(function: Function) -> int:
    """Lines from the definition to its end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def docstring_share(house: House) -> float:
    """Percent of public functions and methods, not inside another function, with a docstring."""
    public = [
        one
        for module in house.modules.values()
        for place, one in module.places.items()
        if isinstance(one, FUNCTIONS) and not any(p.startswith("_") for p in place.split("."))
    ]
    return 100 * sum(ast.get_docstring(one) is not None for one in public) / len(public)


def called_once(house: House) -> int:
    """Private functions whose name is no other's in `src` and stands once beside its definition."""
    names: Counter[str] = Counter()
    private: Counter[str] = Counter()
    for module in house.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name | ast.Attribute):
                names[node.id if isinstance(node, ast.Name) else node.attr] += 1
            elif isinstance(node, FUNCTIONS) and node.name[:1] == "_" != node.name[1:2]:
                private[node.name] += 1
    return sum(count == 1 == names[name] for name, count in private.items())


def code_lines(code: str) -> list[str]:
    """Lines of code cells that are neither blank nor a comment."""
    return [line for line in code.splitlines() if line.strip() and line.strip()[0] != "#"]


def record_loops(code: str) -> int:
    """Loops of a notebook's code that record inside."""
    loops = (one for one in ast.walk(ast.parse(code)) if isinstance(one, ast.For | ast.While))
    return sum("record(" in ast.unparse(loop) for loop in loops)


def way(house: House) -> tuple[int, int]:
    """Stays and files of a static walk; see the head of this file."""
    module, places = START
    start = next(place for place in places if place in house.modules[module].places)
    seen: dict[tuple[str, str], None] = {}

    def visit(node: tuple[str, str]) -> None:
        seen[node] = None
        for callee in _callees(house, node):
            if callee not in seen:
                visit(callee)

    visit((module, start))
    return len(seen), len({module for module, _ in seen})


def _callees(house: House, node: tuple[str, str]) -> list[tuple[str, str]]:
    module = house.modules[node[0]]
    statement = module.places[node[1]]
    owner = node[1].partition(".")[0] if "." in node[1] else ""
    if isinstance(statement, ast.ClassDef):
        return [(module.name, f"{statement.name}.{name}") for name in _built(statement)]
    calls = sorted(
        (one for one in ast.walk(statement) if isinstance(one, ast.Call)),
        key=lambda call: (call.lineno, call.col_offset),
    )
    found = []
    for call in calls:
        found += _called(house, module, owner, call.func)
    return found


def _built(statement: ast.ClassDef) -> list[str]:
    """Methods that making an object of a class runs."""
    names = [one.name for one in statement.body if isinstance(one, FUNCTIONS)]
    return [name for name in names if name in ("__init__", "__post_init__")]


def _called(house: House, module: Module, owner: str, function: ast.expr) -> list[tuple[str, str]]:
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in ("self", "cls")
    ):
        place = f"{owner}.{function.attr}"
        return [(module.name, place)] if place in module.places else []
    places = list(house.follow(module, [ast.Expr(function)])) if _named(function) else []
    return [
        (where, place)
        for where, place in places
        if place and isinstance(house.modules[where].places.get(place), (*FUNCTIONS, ast.ClassDef))
    ]


def _named(function: ast.expr) -> bool:
    while isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name)


def measured(root: Path) -> dict[str, float]:
    """Every figure by its name."""
    house, codes = read_house(root / "src"), notebook_code(root / "notebooks")
    functions = list(functions_of(house))
    longest = max(length(one) for _, one in functions)
    stays, files = way(house)
    per_notebook = [len(code_lines(code)) for code in codes]
    return {
        "src_lines": lines_of(root / "src"),
        "study_lines": lines_of(root / "src" / "grassroots"),
        "tests_lines": lines_of(root / "tests"),
        "tools_lines": lines_of(root / "tools"),
        "public_functions_with_docstring_percent": round(docstring_share(house), 1),
        "private_functions_with_one_caller": called_once(house),
        "longest_function_lines": longest,
        "notebook_code_lines": sum(per_notebook),
        "largest_notebook_code_lines": max(per_notebook, default=0),
        "notebook_lines_over_100": sum(
            len(line) > WIDE for code in codes for line in code.splitlines()
        ),
        "notebook_code_chinese_characters": sum(
            "一" <= letter <= "鿿" for code in codes for letter in code
        ),
        "notebook_record_loops": sum(map(record_loops, codes)),
        "figure_stays": stays,
        "figure_files": files,
    }


def main(arguments: Iterable[str] | None = None) -> int:
    """Print the figures, or write them as JSON."""
    parser = argparse.ArgumentParser(description="measure the size of the house")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    args = parser.parse_args(None if arguments is None else list(arguments))
    found = measured(args.root)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, value in found.items():
        print(name, value)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
