"""Commands are killed (SIGKILL) at random moments; after each the same command must succeed.

``python tests/places/kill.py --kills 50 --out tests/places/kill.csv`` makes a small compendium (and
a project with a survey for the import), runs each command once to its end for what it should leave,
then kills it at a moment drawn by seed, with earlier results and without. After a kill no file may
have bytes that are neither those of before nor those of a whole command; after the next command all
must be as if nothing had happened, and files of the user's must be as they were. Files that hold
clock times (run record, executed notebooks, the machine's own state) must be readable as JSON.

A kill that comes after the command's end is drawn again, earlier. Times are of this machine.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from compendium.commands.new import make

ROOT = Path(__file__).resolve().parents[2]

COMMANDS = {
    "run": (("run",), 10),
    "report": (("report", "--format", "numbers", "--format", "tex", "--format", "pdf"), 8),
    "exhibits": (("exhibits",), 8),
    "import": (("data", "import", "raw.csv", "--mapping", "mapping.yml", "--accept"), 8),
    "verify": (("verify", "--accept"), 4),
    "archive": (("archive",), 6),
    "review": (("review",), 6),
}
"""Arguments of each command, and how often of 50 it is killed."""
AFTER_A_RUN = ("report", "exhibits", "verify", "review")
MINE = ("reports/en/figures/mine.png", "reports/my notes.txt", "data/mine.csv")
TIMED = ("run.json", ".ipynb", "import_report.json", "import_report.html")
EXPECTED = {"review": 1}
"""Exit codes other than 0: a file of the user's among the results is not of the run."""


@dataclass(frozen=True)
class Known:
    """How long a command takes, and the project's files before it and when it has ended."""

    seconds: float
    before: dict[str, str]
    after: dict[str, str]
    folder: Path


def call(folder: Path, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start a command."""
    command = [sys.executable, "-m", "compendium.cli", *arguments]
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def whole(folder: Path, arguments: tuple[str, ...]) -> tuple[int, str]:
    """Run a command to its end: exit code and the last line of its errors."""
    done = call(folder, arguments)
    told = done.communicate()[1].decode("utf-8", "replace").strip().splitlines()
    return done.returncode, told[-1] if told else ""


def shown(folder: Path) -> dict[str, str]:
    """Hash of each file that people see; of one that holds times only whether it can be read."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in Path(name).parts):
            found[name] = readable(path) if name.endswith(TIMED) else digest(path)
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def readable(path: Path) -> str:
    """Whether a file is whole: JSON that can be read, or a page that ends."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return "whole" if text.rstrip().endswith("</html>") else "broken"
    try:
        json.loads(text)
    except ValueError:
        return "broken"
    return "whole"


def study(place: Path) -> Path:
    """Make a small compendium with a commit, a run and a reference."""
    make(folder := place / "study")
    (folder / "requirements.lock").write_text("", "utf-8")
    (folder / "LICENSE").write_text("MIT\n", "utf-8")
    with (folder / "CITATION.cff").open("a", encoding="utf-8") as file:
        file.write("license: MIT\n")
    for arguments in (("run",), COMMANDS["report"][0], COMMANDS["verify"][0]):
        code, told = whole(folder, arguments)
        assert code == 0, told
    git = ("git", "-c", "user.name=n", "-c", "user.email=n@example.org")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "First")):
        subprocess.run([*git, *arguments], cwd=folder, check=True, capture_output=True)
    return folder


def fieldwork(place: Path) -> Path:
    """Make a project with a questionnaire and a file of answers."""
    sys.path.insert(0, str(ROOT / "tests"))
    from survey.fieldwork import answers, csv_text, own_mapping, project_at

    folder = project_at(place / "fieldwork")
    (folder / "notebooks/plan").mkdir(parents=True)
    frame = answers(120)
    (folder / "raw.csv").write_text(csv_text(frame), "utf-8")
    own_mapping(folder / "mapping.yml", frame)
    return folder


def begin(source: Path, target: Path, *, needs_run: bool) -> None:
    """Lay out the state before a command, with files of the user's in it."""
    shutil.copytree(source, target, symlinks=True)
    reports = target / "reports"
    if reports.is_dir():
        gone = [p for p in reports.iterdir() if p.name != "reference"]
        if needs_run:
            gone = [p for p in reports.iterdir() if p.name.startswith(("numbers", "report"))]
        for path in gone:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in MINE:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(f"mine: {name}", "utf-8")


def main() -> int:
    """Kill, look, call again; write the table and say how many came through."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/places/kill.csv")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    names = [name for name, (_, number) in COMMANDS.items() for _ in range(number)]
    draw.shuffle(names)
    with tempfile.TemporaryDirectory(prefix="kill-") as held:
        place = Path(held)
        sources = {"import": fieldwork(place)}
        sources |= dict.fromkeys(COMMANDS.keys() - sources, study(place))
        known: dict[str, Known] = {}
        rows = []
        for number, name in enumerate(names[: options.kills], 1):
            row = one(place, number, name, sources[name], known, draw)
            rows.append(row)
            print(*row.values(), flush=True)
            with options.out.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, row, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    good = sum(row["passed"] == "yes" for row in rows)
    print(f"{good} of {len(rows)}")
    return int(good < len(rows))


def one(
    place: Path, number: int, name: str, source: Path, known: dict[str, Known], draw: random.Random
) -> dict[str, str]:
    """Kill one command at one moment, look at what is left, and call it again."""
    arguments, earlier, work = COMMANDS[name][0], draw.random() < 0.5, place / "work"
    if name not in known:
        known[name] = finished(place, name, source)
    one = known[name]
    # What was made before is made again: as after a change, from its beginning.
    forced = (*arguments, "--force") if name in ("run", "report") else arguments
    share, command = draw.uniform(0.02, 0.98), forced if earlier else arguments
    while True:
        if earlier:
            shutil.copytree(one.folder, work, symlinks=True)
        else:
            begin(source, work, needs_run=name in AFTER_A_RUN)
        running = call(work, command)
        time.sleep(share * one.seconds)
        if running.poll() is None:
            break
        shutil.rmtree(work)
        share *= 0.7
    running.send_signal(signal.SIGKILL)
    running.communicate()
    whole_ones = (one.after,) if earlier else (one.before, one.after)
    left = shown(work)
    half = [n for n, h in left.items() if h not in {known_.get(n) for known_ in whole_ones}]
    code, told = whole(work, arguments)
    same = shown(work) == one.after
    mine = all((work / n).read_text("utf-8") == f"mine: {n}" for n in MINE)
    shutil.rmtree(work)
    succeeds = code == EXPECTED.get(name, 0)
    return {
        "number": str(number),
        "command": name,
        "earlier results": "yes" if earlier else "no",
        "killed after, s": f"{share * one.seconds:.2f}",
        "whole takes, s": f"{one.seconds:.2f}",
        "half-written": "; ".join(half) or "none",
        "next command": "succeeds" if succeeds else f"{code}: {told}",
        "results": "as if not killed" if same else "others",
        "files of the user's": "as they were" if mine else "changed",
        "passed": "yes" if not half and succeeds and same and mine else "no",
    }


def finished(place: Path, name: str, source: Path) -> Known:
    """Run a command to its end once and keep what it leaves."""
    folder = place / f"after {name}"
    begin(source, folder, needs_run=name in AFTER_A_RUN)
    before, started = shown(folder), time.monotonic()
    code, told = whole(folder, COMMANDS[name][0])
    assert code == EXPECTED.get(name, 0), (name, code, told)
    return Known(time.monotonic() - started, before, shown(folder), folder)


if __name__ == "__main__":
    sys.exit(main())
