"""Puts entries into the plan's files as text, so that comments and layout stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from compendium.strict_yaml import Document, KeyPath, document_of, read_utf8


@dataclass
class PlanText:
    """A file of the plan that entries are put into.

    Attributes
    ----------
    text
        Its text so far; nothing is written here.
    """

    path: Path
    text: str

    @classmethod
    def of(cls, path: Path) -> PlanText:
        """Read the file."""
        return cls(path, read_utf8(path))

    @property
    def document(self) -> Document:
        """The text, read strictly."""
        return document_of(self.path, self.text)

    def put(self, entry: str, *keys: str | int, before: int | None = None) -> int:
        """Put an entry at the end of the list or mapping under some keys; return its line.

        Parameters
        ----------
        entry
            Lines without indentation, those of a list's item with their dash.
        before
            Position in the list that it comes before, instead of its end.

        Raises
        ------
        UserError
            The list stands in one line, so that it has no line of its own for an entry.
        """
        document, newline = self.document, "\r\n" if "\r\n" in self.text else "\n"
        lines = self.text.splitlines()
        children = _children(document, keys)
        at, depth = self._end(document, lines, keys), 2 * len(keys)
        spaced = False
        if children:
            first, last = children[0] - 1, children[-1] - 1
            if first == document.line(*keys) - 1:
                problem = f"{'.'.join(map(str, keys))} is written in one line"
                raise document.error(problem, "write each entry on a line of its own", *keys)
            depth = _depth(lines[first])
            spaced = len(children) > 1 and not lines[last - 1].strip()
            at = children[before] - 1 if before is not None else _past(lines, last, depth)
        text = indent(entry.rstrip("\n"), " " * depth).splitlines()
        gap_before, gap_after = spaced and before is None, spaced and before is not None
        added = [*([""] if gap_before else []), *text, *([""] if gap_after else [])]
        lines[at:at] = added
        self.text = newline.join(lines) + newline
        return at + 1 + gap_before

    def _end(self, document: Document, lines: list[str], keys: Sequence[str | int]) -> int:
        """Prepare a list or mapping that is not there, or empty; return where its entries go."""
        if document.at(*keys):
            return len(lines)
        if tuple(keys) in document.lines:
            line = document.line(*keys) - 1
            lines[line] = lines[line].replace("[]", "").replace("{}", "").rstrip()
            return line + 1
        parent, name = tuple(keys[:-1]), keys[-1]
        children = _children(document, parent)
        depth = _depth(lines[children[-1] - 1]) if children else 0
        at = _past(lines, children[-1] - 1, depth) if children else len(lines)
        lines[at:at] = ["", f"{' ' * depth}{name}:"]
        return at + 2


def _children(document: Document, keys: Sequence[str | int]) -> list[int]:
    """Lines of the entries under some keys."""
    above: KeyPath = tuple(keys)
    return [
        line
        for path, line in document.lines.items()
        if len(path) == len(above) + 1 and path[:-1] == above
    ]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _past(lines: Sequence[str], start: int, depth: int) -> int:
    """Return the position after an entry that begins on a line, before blank lines and remarks."""
    end = start + 1
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if not line.strip() or (line.lstrip().startswith("#") and _depth(line) <= depth):
            continue
        own = line.lstrip().startswith("- ") and not lines[start].lstrip().startswith("- ")
        if _depth(line) < depth or (_depth(line) == depth and not own):
            break
        end = number + 1
    return end
