"""A compendium is run in other places, and each result is verified in this one.

``python tests/places/places.py --out tests/places/places.csv`` makes a small compendium, runs it as
it is, then once for each place: time zone, language and encoding, umask, one core and two, the
kernels of OpenBLAS that this processor has. Each folder of results is then checked by `verify`
against the first one, here: numbers within the tolerance of `verify`, pictures within theirs.
Pythons named with ``--python`` are tried too; each needs the packages of the lock.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compendium.commands.new import make

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """What differs in a place: variables, a command before the command, a umask, a Python."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    front: tuple[str, ...] = ()
    umask: int = 0o022
    python: str = sys.executable


PLACES = (
    Place("as it is"),
    Place("time zone Asia/Shanghai", {"TZ": "Asia/Shanghai"}),
    Place("time zone Pacific/Apia", {"TZ": "Pacific/Apia"}),
    Place("LANG=C, no UTF-8 mode", {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}),
    Place("LC_ALL=zh_CN.GB18030", {"LC_ALL": "zh_CN.GB18030"}),
    Place("umask 077", umask=0o077),
    Place("umask 000", umask=0o000),
    Place("one core", front=("taskset", "-c", "0")),
    Place("two cores", front=("taskset", "-c", "0,1")),
    Place("OpenBLAS kernel Prescott", {"OPENBLAS_CORETYPE": "Prescott"}),
    Place("OpenBLAS kernel Haswell", {"OPENBLAS_CORETYPE": "Haswell"}),
    Place("OpenBLAS kernel SkylakeX", {"OPENBLAS_CORETYPE": "SkylakeX"}),
)


def call(folder: Path, place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the compendium in a place."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")} | place.variables
    command = [*place.front, place.python, "-m", "compendium.cli", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        umask=place.umask,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def tried(source: Path, first: Path, place: Place, number: int) -> dict[str, str]:
    """Run in a place and verify here; one row of the table."""
    folder = source.parent / f"place {number}"
    ignored = shutil.ignore_patterns("reports")
    shutil.copytree(source, folder, ignore=ignored)
    row = {"place": place.name, "run": "", "numbers and words": "", "files": "", "agrees": "no"}
    done = call(folder, place, "run")
    row["run"] = "succeeds" if done.returncode == 0 else done.stderr.strip()[-200:]
    if done.returncode == 0:
        found = source.parent / "found.json"
        arguments = ("verify", str(folder / "reports"), "--against", str(first), "--json")
        code = call(source, PLACES[0], *arguments, str(found)).returncode
        entries = json.loads(found.read_text("utf-8"))
        row["numbers and words"] = counted(e for e in entries if "path" not in e)
        row["files"] = counted(e for e in entries if "path" in e)
        row["agrees"] = "yes" if code == 0 else "no"
    shutil.rmtree(folder)
    return row


def counted(entries) -> str:
    """How many are the same, within tolerance and so on."""
    return ", ".join(f"{n} {status}" for status, n in Counter(e["status"] for e in entries).items())


def main() -> int:
    """Try every place and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/places/places.csv")
    parser.add_argument("--python", action="append", default=[], help="another interpreter")
    parser.add_argument("--only", default="", help="places whose names have these words")
    options = parser.parse_args()
    own = tuple(Place(f"Python {path}", python=path) for path in options.python)
    with tempfile.TemporaryDirectory(prefix="places-") as held:
        make(source := Path(held) / "study")
        done = call(source, PLACES[0], "run")
        assert done.returncode == 0, done.stderr
        first, rows = source / "reports", []
        for number, place in enumerate((*PLACES, *own)):
            if options.only in place.name:
                rows.append(tried(source, first, place, number))
                print(*rows[-1].values(), sep=" | ", flush=True)
                with options.out.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, rows[0], lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(rows)
    return int(any(row["agrees"] == "no" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
