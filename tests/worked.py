"""Reads the worked examples of CONTRIBUTING.md and does them in a copy of the project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

_COMMAND = re.compile(r"`grassroots (new [^`]+)`")
_DIFF = re.compile(r"^```diff\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples(page: str) -> dict[str, str]:
    """The examples by their headings."""
    whole = page.split("## Two worked examples\n")[1].split("\n## ")[0]
    parts = re.split(r"^### (.+)$", whole, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def commands(example: str) -> list[list[str]]:
    """Arguments of each `grassroots new` of an example."""
    return [found.split() for found in _COMMAND.findall(example)]


def apply(root: Path, example: str) -> None:
    """Apply the diffs of an example, those of a notebook to the sources of its cells."""
    for block in _DIFF.findall(example):
        for name, body in re.findall(r"^--- (\S+)\n(.*?)(?=^--- |\Z)", block, re.M | re.S):
            path = root / name
            if path.suffix == ".ipynb":
                told = json.loads(path.read_text("utf-8"))
                for old, new in hunks(body):
                    _replace_in_cells(told["cells"], old, new, name)
                text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
            else:
                text = path.read_text("utf-8")
                for old, new in hunks(body):
                    text = replaced(text, old, new, name)
            path.write_text(text, "utf-8", newline="\n")


def hunks(body: str) -> list[tuple[list[str], list[str]]]:
    """Lines taken out (or kept) and those that stand there then, hunk by hunk."""
    found: list[tuple[list[str], list[str]]] = []
    before = "+"
    for line in body.splitlines():
        sign, rest = line[:1], line[1:]
        if before == "+" and sign != "+":
            found.append(([], []))
        if sign in "- ":
            found[-1][0].append(rest)
        if sign in "+ ":
            found[-1][1].append(rest)
        before = sign
    return found


def replaced(text: str, old: list[str], new: list[str], name: str) -> str:
    """Text with the first run of lines replaced; an indentation of all of them stays."""
    lines = text.split("\n")
    for at in range(len(lines) - len(old) + 1):
        run = lines[at : at + len(old)]
        if dedent("\n".join(run)) == dedent("\n".join(old)):
            kept = run[0][: len(run[0]) - len(run[0].lstrip())]
            own = old[0][: len(old[0]) - len(old[0].lstrip())]
            added = [kept + line.removeprefix(own) if line else "" for line in new]
            return "\n".join([*lines[:at], *added, *lines[at + len(old) :]])
    raise AssertionError(f"{name} has no lines\n" + "\n".join(old))


def _replace_in_cells(
    cells: list[dict[str, object]], old: list[str], new: list[str], name: str
) -> None:
    for cell in cells:
        try:
            source = replaced("".join(cell["source"]), old, new, name)
        except AssertionError:
            continue
        cell["source"] = source.splitlines(keepends=True)
        return
    raise AssertionError(f"no cell of {name} has\n" + "\n".join(old))
