"""The two scores of a set of defects by class, and those that no check saw."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from compendium.files import READERS, csv_for_readers, write_atomic
from compendium.review.mutation.draw import CLASSES
from compendium.text import Lang, Text

HEAD = ("id", "kind", "operator", "file", "place", "before", "after", "a", "b", "why", "reason")
"""Columns of the results: a and b name the check that saw a defect; `reason` is for a person to
fill in where none did; it begins with `equivalent` where no input can tell the change from the
original, so that it is none."""
EQUIVALENT = "equivalent"
TITLES = (
    Text("class of defect", "缺陷类别"),
    Text("defects", "缺陷数"),
    Text("A: against the committed reference", "A：与存档结果对照"),
    Text("A, equivalent changes left out", "A（不计等价改动）"),
    Text("B: with the reference renewed", "B：存档已按缺陷更新"),
    Text("escaped A, B", "未查出（A、B）"),
)
NAMES = {
    "data": Text("data", "数据"),
    "code": Text("analysis code", "分析代码"),
    "notebooks": Text("notebooks", "笔记本"),
    "plan": Text("plan", "方案"),
    "outputs": Text("outputs", "产出文件"),
    "wording": Text("wording", "文字"),
    "": Text("all", "合计"),
}
Row = Mapping[str, str]


def caught(rows: Sequence[Row], score: str) -> int:
    """How many of some defects a check saw, by score a or b."""
    return sum(bool(row[score]) for row in rows)


def table(rows: Sequence[Row], lang: Lang) -> list[str]:
    """The scores by class, as the lines of a table in Markdown."""
    lines = ["| " + " | ".join(title[lang] for title in TITLES) + " |", "|---" + "|---:" * 5 + "|"]
    for kind in (*CLASSES, ""):
        own = [row for row in rows if kind in ("", row["kind"])]
        if own:
            true = [row for row in own if not row.get("reason", "").startswith(EQUIVALENT)]
            found = [caught(own, score) for score in "ab"]
            a, b = (_share(one, len(own)) for one in found)
            apart = f"{_share(caught(true, 'a'), len(true))} ({len(true)})"
            missed = ", ".join(str(len(own) - one) for one in found)
            cells = (NAMES[kind][lang], str(len(own)), a, apart, b, missed)
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "–"


def read(path: Path) -> list[dict[str, str]]:
    """Read the rows of a file of results; none where there is no such file."""
    if not path.is_file():
        return []
    return list(csv.DictReader(io.StringIO(path.read_text(encoding=READERS), newline="")))


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write results in their order; reasons that somebody filled in for the same defect stay."""
    known = {_key(row): row["reason"] for row in read(path)}
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEAD, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    order = {kind: place for place, kind in enumerate(CLASSES)}
    for row in sorted(rows, key=lambda row: (order[row["kind"]], row["id"])):
        writer.writerow({**row, "reason": known.get(_key(row), "")})
    write_atomic(path, csv_for_readers(text.getvalue()))


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("kind", "file", "place", "before", "after"))


def escaped(rows: Sequence[Row]) -> Iterator[Row]:
    """Defects that no check saw against the committed reference."""
    return (row for row in rows if not row["a"])
