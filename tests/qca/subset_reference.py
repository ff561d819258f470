"""Copy the simulated sets and their results out of a full folder of reference results.

Usage: python tests/qca/subset_reference.py ../shared/reference/qca
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

PREFIXES = ("sim_", "random_", "rule_")
HERE = Path(__file__).resolve().parents[1] / "reference" / "qca"


def main(source: Path) -> None:
    """Write datasets/*.csv and results.json, one entry a line, nothing edited."""
    (HERE / "datasets").mkdir(parents=True, exist_ok=True)
    for path in sorted((source / "datasets").glob("*.csv")):
        if path.name.startswith(PREFIXES):
            shutil.copyfile(path, HERE / "datasets" / path.name)
    everything = json.loads((source / "results.json").read_text(encoding="utf-8"))
    kept = [e for e in everything["entries"] if e["dataset"].startswith(PREFIXES)]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in kept)
    meta = json.dumps(everything["meta"])
    text = f'{{"meta": {meta},\n"entries": [\n{lines}\n]}}\n'
    (HERE / "results.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
