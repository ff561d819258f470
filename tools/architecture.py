"""Draw the rooms of the source and who imports whom, from the imports, into ARCHITECTURE.md.

python tools/architecture.py            # writes the picture between the two marks
python tools/architecture.py --check    # exit code 1 where the picture is not the source's
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = "ARCHITECTURE.md"
BEGIN, END = "<!-- picture: tools/architecture.py -->", "<!-- end of picture -->"
ENGINE, STUDY = "compendium", "grassroots"
GROUND, NOTEBOOKS = "ground", "notebooks"

Arrows = dict[str, set[str]]


def modules_of(src: Path) -> dict[str, Path]:
    """Every module below `src` by its dotted name; a package is its `__init__`."""
    found = {}
    for path in sorted(src.rglob("*.py")):
        parts = path.relative_to(src).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(source: str, modules: Iterable[str]) -> Iterator[str]:
    """Modules that a source imports anywhere, within functions too."""
    known = set(modules)
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if found := _known(name, known):
                yield found


def named(source: str, modules: Iterable[str]) -> Iterator[str]:
    """Modules that a source names in its texts, "module" or "module:attribute"."""
    known = set(modules)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.partition(":")[0]
            if "." in name and name in known:
                yield name


def _known(name: str, known: set[str]) -> str:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def room_of(module: str) -> str:
    """The room of a module: the first two parts of its name."""
    return ".".join(module.split(".")[:2])


def arrows_of(modules: Mapping[str, Path]) -> Arrows:
    """Rooms, and the rooms that each imports."""
    arrows: Arrows = {room_of(name): set() for name in modules}
    for name, path in modules.items():
        arrows[room_of(name)] |= {
            room_of(other) for other in imported(path.read_text(encoding="utf-8"), modules)
        }
    return {room: others - {room} for room, others in sorted(arrows.items())}


def with_ground(arrows: Arrows, modules: Mapping[str, Path]) -> tuple[Arrows, list[str]]:
    """Put single modules of the engine that import only each other into one room.

    Returns
    -------
    The arrows, and the modules on the ground.
    """
    ground = {
        room
        for room in arrows
        if room.startswith(f"{ENGINE}.") and room in modules and modules[room].stem != "__init__"
    }
    head = {ENGINE, f"{ENGINE}.registry"} & set(arrows)
    ground |= head
    while high := {room for room in ground if not arrows[room] <= ground}:
        ground -= high
    joined: Arrows = {GROUND: set()}
    for room, others in arrows.items():
        if room not in ground:
            joined[room] = {GROUND if other in ground else other for other in others}
    return joined, sorted(room.rpartition(".")[2] for room in ground - {ENGINE})


def reached(arrows: Mapping[str, set[str]], room: str) -> set[str]:
    """Rooms that a room imports, directly or through others."""
    seen: set[str] = set()
    waiting = list(arrows[room])
    while waiting:
        other = waiting.pop()
        if other not in seen:
            seen.add(other)
            waiting += arrows[other]
    return seen


def circles(arrows: Mapping[str, set[str]]) -> list[set[str]]:
    """Sets of rooms that import each other, directly or through others."""
    below = {room: reached(arrows, room) for room in arrows}
    found = {
        frozenset({room} | {other for other in below[room] if room in below[other]})
        for room in arrows
        if room in below[room]
    }
    return [set(circle) for circle in sorted(found, key=sorted)]


def reduced(arrows: Arrows) -> list[tuple[str, str]]:
    """Arrows that follow from no others; within a circle, all of them."""
    below = {room: reached(arrows, room) for room in arrows}

    def same(one: str, other: str) -> bool:
        return one in below[other] and other in below[one]

    def follows(one: str, other: str) -> bool:
        twins = {twin for twin in arrows if same(twin, one) and twin < one}
        beside = {via for via in arrows[one] if not same(via, one)}
        return any(other in arrows[twin] for twin in twins) or any(
            via < other if same(via, other) else other in below[via] for via in beside - {other}
        )

    return [
        (one, other)
        for one in arrows
        for other in sorted(arrows[one])
        if same(one, other) or not follows(one, other)
    ]


def notebook_source(folder: Path) -> str:
    """Code of all notebooks."""
    lines: list[str] = []
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        lines += code
    return "\n".join(lines)


def picture(root: Path) -> str:
    """The picture of a project, as a mermaid block and what it leaves out."""
    modules = modules_of(root / "src")
    arrows = arrows_of(modules)
    study = modules[f"{STUDY}.register"].read_text(encoding="utf-8")
    handed = {room_of(name) for name in named(study, modules)} - {STUDY, f"{STUDY}.register"}
    arrows[NOTEBOOKS] = {
        room_of(name) for name in imported(notebook_source(root / NOTEBOOKS), modules)
    } - {ENGINE, STUDY}
    joined, ground = with_ground(arrows, modules)
    joined.pop(STUDY, None)
    lines = ["flowchart TD", f"    {NOTEBOOKS}([notebooks])"]
    for package, title in ((STUDY, "the study"), (ENGINE, "the engine")):
        lines.append(f'    subgraph {package} ["src/{package}: {title}"]')
        rooms = [room for room in joined if room.startswith(f"{package}.")]
        rooms += [GROUND] if package == ENGINE else []
        lines += [f'        {_node(room)}["{_short(room)}"]' for room in rooms]
        lines.append("    end")
    lines += [f"    {_node(one)} --> {_node(other)}" for one, other in reduced(joined)]
    register = _node(f"{STUDY}.register")
    lines += [f"    {register} -.-> {_node(room)}" for room in sorted(handed)]
    every = sum(len(others) for others in joined.values())
    joint = "; ".join(", ".join(map(_short, sorted(circle))) for circle in circles(joined))
    told = [
        f"{len(joined)} rooms, {every} arrows between them, {len(reduced(joined))} drawn: what "
        "follows from other arrows is left out.",
        f"`ground` is {', '.join(f'`{name}`' for name in ground)}.",
        f"Rooms that import each other: {joint or 'none'}.",
        f"Dotted: what `{STUDY}/register.py` hands the engine by name.",
    ]
    return "\n".join(["```mermaid", *lines, "```", "", *told])


def _node(room: str) -> str:
    return room.replace(".", "_") if "." in room else f"{room}_room"


def _short(room: str) -> str:
    return room.partition(".")[2] or room


def renewed(page: str, drawn: str) -> str:
    """The page with another picture between its marks."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE} lacks the marks {BEGIN} and {END}")
    return f"{head}{BEGIN}\n{drawn}\n{END}{tail}"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the picture, or say whether it is current."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--root", type=Path, default=ROOT)
    args = parser.parse_args(argv)
    path = args.root / PAGE
    before = path.read_text(encoding="utf-8")
    after = renewed(before, picture(args.root))
    if args.check:
        told = f"the picture in {PAGE} is not the source's: run python tools/architecture.py\n"
        sys.stdout.write("" if before == after else told)
        return int(before != after)
    path.write_text(after, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
