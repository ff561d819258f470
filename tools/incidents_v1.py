"""Write `data/incidents/incidents_v1.csv`: the tier lists as at version 1 of the incidents.

Tests whose predicates were written on version 1 stay on its incidents and lists. The commit is the
last one that held them.
"""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path

COMMIT = "7d00851"
SOURCE = "data/incidents/incidents.csv"
TARGET = Path(__file__).parents[1] / "data" / "incidents" / "incidents_v1.csv"
COLUMNS = (
    *("incident_id", "tier_province", "tier_prefecture", "tier_county", "tier_township"),
    *("tier_community", "tier_list_complete"),
)


def main() -> None:
    """Take the columns out of the file of that commit, rows in its order."""
    shown = subprocess.run(
        ["git", "show", f"{COMMIT}:{SOURCE}"],
        cwd=TARGET.parent,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(csv.DictReader(io.StringIO(shown.stdout)))


if __name__ == "__main__":
    main()
