"""The formats of the report, and which of them are still as their inputs would make them."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from compendium import packages
from compendium.errors import UserError
from compendium.exhibits.regression import Manner
from compendium.files import naming, write_atomic
from compendium.outputs import STAMPS, Outputs
from compendium.registry import package_folders
from compendium.report.contents import Contents
from compendium.report.written import Written
from compendium.run_record import NAME as RUN_RECORD
from compendium.run_record import read
from compendium.text import Lang

FORMATS = {
    "html": "compendium.report.site",
    "pdf": "compendium.report.pdf",
    "docx": "compendium.report.word",
    "tex": "compendium.report.latex",
    "numbers": "compendium.report.numbers",
}
"""Module of each format; its `write(contents, out)` returns what it has `Written`."""

MADE = {
    "html": ("site/*",),
    "pdf": ("report*.pdf",),
    "docx": ("report*.docx", "*/tables/*.docx"),
    "tex": ("*/tables/*.tex",),
    "numbers": ("numbers.*",),
}
"""Where each format stands below the reports folder."""

CAN_HAVE_STARS = ("docx", "tex")
"""Formats for manuscripts, whose tables can have stars in place of intervals."""

CLOCK = ("ended", "machine", "notebooks", "executed", "asked_for", "kernel", "cell_limit")
"""What of the run record changes from run to run while its results are the same."""
SKIPPED = frozenset({"__pycache__", ".ipynb_checkpoints", "external"})


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Return the formats asked for, all of them when none is named.

    Raises
    ------
    UserError
        A format that does not exist.
    """
    names = tuple(dict.fromkeys(names)) or tuple(FORMATS)
    unknown = next((name for name in names if name not in FORMATS), None)
    if unknown is not None:
        raise UserError(f"unknown format '{unknown}'", f"use one of: {', '.join(FORMATS)}")
    return names


def found(out: Path) -> tuple[str, ...]:
    """Formats of which a reports folder has files."""
    return tuple(name for name, places in MADE.items() if any(any(out.glob(p)) for p in places))


def format_of(name: str) -> str | None:
    """Return the format that a file belongs to, by its path below the reports folder."""
    path = PurePosixPath(name)
    if path.parts[0] == "site":
        return "html"
    return next((f for f, places in MADE.items() if any(map(path.match, places))), None)


def manner_of(out: Path, name: str) -> Manner:
    """How the tables of a format were last written, as far as the folder knows."""
    known = _stamps(out).get(name, {}).get("starred", "")
    return next((manner for manner in get_args(Manner) if manner == known), "")


def write(name: str, contents: Mapping[Lang, Contents], out: Path) -> Written:
    """Write one format in the languages of `contents` below `out`."""
    module = importlib.import_module(FORMATS[name])
    with naming(out):
        written: Written = module.write(contents, out)
    return written


def inputs_digest(root: Path) -> str:
    """Hash of everything that a report is made of: results, plan, data, code and lock."""
    others = packages.told(packages.others(root))
    whole = hashlib.sha256(packages.written(others).encode())
    for name, path in _inputs(root):
        content = _steady(path)
        whole.update(f"{name} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()


def still_written(out: Path, name: str, digest: str, starred: str) -> tuple[Path, ...] | None:
    """Files of a format when they are still as this digest of inputs made them, else None."""
    stamp = _stamps(out).get(name, {})
    if (stamp.get("inputs"), stamp.get("starred")) != (digest, starred):
        return None
    files = {out / path: known for path, known in stamp["files"].items()}
    whole = all(path.is_file() and _hash(path) == known for path, known in files.items())
    return tuple(out / path for path in stamp["first"]) if whole else None


def forget_gone(outputs: Outputs, name: str, written: Written) -> None:
    """Remove what a format no longer writes, such as a table that left the plan."""
    earlier = _stamps(outputs.reports).get(name, {}).get("files", {})
    now = {path.relative_to(outputs.reports).as_posix() for path in written.files}
    for path in sorted(set(earlier) - now):
        outputs.remove(path)


def remember(out: Path, name: str, digest: str, starred: str, written: Written) -> None:
    """Note what a format was made from and what it wrote."""
    hashes = {path.relative_to(out).as_posix(): _hash(path) for path in written.files}
    first = [path.relative_to(out).as_posix() for path in written.first]
    stamp = {"inputs": digest, "starred": starred, "files": hashes, "first": first}
    text = json.dumps({**_stamps(out), name: stamp}, ensure_ascii=False, indent=1)
    write_atomic(out / STAMPS, f"{text}\n".encode())


def _stamps(out: Path) -> dict[str, Any]:
    try:
        found = json.loads((out / STAMPS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _steady(path: Path) -> bytes:
    """Content of a file; of the run record only what does not change from run to run."""
    if path.name != RUN_RECORD:
        return path.read_bytes()
    kept = {key: value for key, value in read(path.parent).items() if key not in CLOCK}
    return json.dumps(kept, sort_keys=True).encode()


def _inputs(root: Path) -> Iterator[tuple[str, Path]]:
    reports = root / "reports"
    for name in ("estimates.csv", RUN_RECORD):
        if (reports / name).is_file():
            yield name, reports / name
    folders = {f"code {folder.name}": folder for folder in package_folders()}
    folders |= {"notebooks": root / "notebooks", "data": root / "data"}
    for part in ("exhibits", "en/figures", "en/notebooks", "zh/figures", "zh/notebooks"):
        folders[part] = reports / part
    for name, folder in folders.items():
        for path in _below(folder):
            yield f"{name}/{path.relative_to(folder).as_posix()}", path
    for name in ("requirements.lock", "README.md", "README.zh-CN.md", "CITATION.cff"):
        if (root / name).is_file():
            yield name, root / name


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and path.name not in SKIPPED:
            yield from _below(path)
        elif path.is_file() and not path.name.startswith("."):
            yield path
