"""Print the matrix of comparisons with the R package QCA.

Usage: python tests/qca/matrix.py [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import qca_reference as reference

COLUMNS = ("entries", "equal", "documented", "out of scope", "unexplained")


def verdict(entry_id: str, found: frozenset[str]) -> str:
    """Tell which column of the matrix an entry belongs to."""
    if found != reference.documented().get(entry_id, frozenset()):
        return "unexplained"
    if "out-of-scope" in found:
        return "out of scope"
    return "documented" if found else "equal"


def count() -> tuple[dict[tuple[str, str], Counter], Counter]:
    """Entries by function and kind of data set, and differences by name."""
    matrix: dict[tuple[str, str], Counter] = {}
    names: Counter = Counter()
    for entry in reference.all_entries():
        key = (entry["function"], reference.data_kind(entry["dataset"]))
        try:
            found = reference.differences_of(entry)
            column = verdict(entry["id"], found)
        except AssertionError:
            found, column = frozenset(), "unexplained"
        matrix.setdefault(key, Counter()).update({"entries": 1, column: 1})
        names.update(found)
    return matrix, names


def main() -> int:
    """Print both tables; 1 when an entry differs in a way that is not documented."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    out = parser.parse_args().json
    matrix, names = count()
    total: Counter = sum(matrix.values(), Counter())
    print(f"{'function':<14}{'data':<12}" + "".join(f"{name:>14}" for name in COLUMNS))
    for (function, kind), cells in [*sorted(matrix.items()), (("all", ""), total)]:
        print(f"{function:<14}{kind:<12}" + "".join(f"{cells[name]:>14}" for name in COLUMNS))
    print("\ndifferences (an entry may meet several)")
    for name, times in sorted(names.items()):
        print(f"{name:<34}{times:>6}")
    if out is not None:
        rows = [
            {"function": f, "data": k, **{c: n[c] for c in COLUMNS}}
            for (f, k), n in sorted(matrix.items())
        ]
        text = json.dumps({"matrix": rows, "differences": dict(sorted(names.items()))}, indent=1)
        out.write_text(text + "\n", encoding="utf-8")
    return 1 if total["unexplained"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
