"""What the code of a notebook asks of the study, as far as its text tells."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_QUOTED = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'")


@dataclass(frozen=True)
class Call:
    """A call of the study whose first argument is a literal text, and the keywords it has."""

    method: str
    name: str
    keywords: frozenset[str]
    cell: str


@dataclass
class Cells:
    """One notebook's calls of the study, every text in its code, and its cells by their ids.

    Attributes
    ----------
    open_ended
        Methods that are called with something else than a literal text.
    """

    path: Path
    calls: list[Call] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    open_ended: set[str] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether it asks anything of the study; of one that never does, nothing can be told."""
        return bool(self.calls or self.open_ended)

    def of(self, *methods: str) -> Iterator[Call]:
        """Calls of some methods."""
        return (call for call in self.calls if call.method in methods)


def read_cells(path: Path) -> Cells | None:
    """Read a notebook; None where there is none, or where it is no notebook.

    A cell that is no Python (a magic) counts with the texts that stand in it.
    """
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["cells"]
        cells = [(str(c["cell_type"]), str(c.get("id", "")), "".join(c["source"])) for c in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found = Cells(path)
    for kind, name, source in cells:
        found.sources[name] = source
        if kind != "code":
            continue
        try:
            tree = ast.parse(source)
        except SyntaxError:
            found.texts |= {one or other for one, other in _QUOTED.findall(source)}
            continue
        _take(tree, name, found)
    return found


def _take(tree: ast.Module, cell: str, found: Cells) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.texts.add(node.value)
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "study"
        ):
            continue
        method = node.func.attr
        keywords = frozenset(str(keyword.arg) for keyword in node.keywords)
        for argument in node.args if method == "say" else node.args[:1]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.calls.append(Call(method, argument.value, keywords, cell))
            else:
                found.open_ended.add(method)
