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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "survey")]

from compendium.commands.new import make  # noqa: E402

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
OWN = {".state", ".staging", ".lock", ".git", "__pycache__", ".holder"}


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


def bytes_of(folder: Path) -> dict[str, str]:
    """Hash of each file; of one that holds times only whether it can be read."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not OWN & {*path.relative_to(folder).parts}:
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
    from survey.fieldwork import answers, csv_text, own_mapping, project_at

    folder = project_at(place / "fieldwork")
    (folder / "notebooks/plan").mkdir(parents=True)
    frame = answers(120)
    (folder / "raw.csv").write_text(csv_text(frame), "utf-8")
    own_mapping(folder / "mapping.yml", frame)
    return folder


def begin(source: Path, target: Path, *, earlier: bool, needs_run: bool) -> None:
    """Lay out the state before a command, with files of the user's in it."""
    shutil.copytree(source, target, symlinks=True)
    reports = target / "reports"
    if not earlier and reports.is_dir():
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
        known: dict[tuple[str, bool], tuple[float, dict[str, str], dict[str, str]]] = {}
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
    place: Path,
    number: int,
    name: str,
    source: Path,
    known: dict[tuple[str, bool], tuple[float, dict[str, str], dict[str, str]]],
    draw: random.Random,
) -> dict[str, str]:
    """Kill one command at one moment, look at what is left, and call it again."""
    arguments, earlier = COMMANDS[name][0], draw.random() < 0.5
    needs_run, work = name in AFTER_A_RUN, place / "work"
    if (name, earlier) not in known:
        begin(source, work, earlier=earlier, needs_run=needs_run)
        if earlier:
            # What was made before is made again: as after a change, from its beginning.
            whole(work, again(name, arguments))
        before, started = bytes_of(work), time.monotonic()
        code, told = whole(work, again(name, arguments) if earlier else arguments)
        assert code == 0, told
        known[name, earlier] = time.monotonic() - started, before, bytes_of(work)
        shutil.rmtree(work)
    seconds, before, after = known[name, earlier]
    share, at_once = draw.uniform(0.02, 0.98), again(name, arguments) if earlier else arguments
    while True:
        begin(source, work, earlier=earlier, needs_run=needs_run)
        if earlier:
            whole(work, at_once)
        running = call(work, at_once)
        time.sleep(share * seconds)
        if running.poll() is None:
            break
        shutil.rmtree(work)
        share *= 0.7
    running.send_signal(signal.SIGKILL)
    running.communicate()
    left = bytes_of(work)
    half = [n for n, h in left.items() if h not in (before.get(n), after.get(n)) and is_shown(n)]
    code, told = whole(work, arguments)
    found = bytes_of(work)
    same = {n: h for n, h in found.items() if is_shown(n)} == {
        n: h for n, h in after.items() if is_shown(n)
    }
    mine = all((work / n).read_text("utf-8") == f"mine: {n}" for n in MINE)
    shutil.rmtree(work)
    passed = not half and code == 0 and same and mine
    return {
        "number": str(number),
        "command": name,
        "earlier results": "yes" if earlier else "no",
        "killed after, s": f"{share * seconds:.2f}",
        "whole takes, s": f"{seconds:.2f}",
        "half-written": "; ".join(half) or "none",
        "next command": "succeeds" if code == 0 else told,
        "results": "as if not killed" if same else "others",
        "files of the user's": "as they were" if mine else "changed",
        "passed": "yes" if passed else "no",
    }


def again(name: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The command made to do its work although it was done before."""
    return (*arguments, "--force") if name in ("run", "report") else arguments


def is_shown(name: str) -> bool:
    """Whether a file is one that people see, no temporary one on its way into place."""
    return not Path(name).name.startswith(".")


if __name__ == "__main__":
    sys.exit(main())
