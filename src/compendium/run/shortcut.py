"""The quick answer to "is there anything to do?": no plan is read and nothing heavy is imported.

After a run in which everything is up to date, one hash of all inputs and outputs is kept. While it
is the same, nothing can need to run. Where it differs, pytask finds out what does.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from compendium import packages
from compendium.outputs import HOLDER
from compendium.registry import package_folders, variable
from compendium.run.options import RunOptions
from compendium.text import Lang

RECORD = "uptodate.json"
SKIPPED_FOLDERS = frozenset({"__pycache__", ".ipynb_checkpoints", ".git"})


@dataclass(frozen=True)
class UpToDate:
    """What was found when nothing was left to do.

    Attributes
    ----------
    outputs
        Files under reports that the run vouches for.
    summary
        What the run said at its end, by language.
    """

    digest: str
    outputs: tuple[str, ...]
    summary: Mapping[Lang, str]


def still_up_to_date(options: RunOptions, record: Path) -> UpToDate | None:
    """The record of the last complete run, when everything is still as it left it.

    None while another run holds the lock, or left it behind when it was killed.
    """
    if (options.root / "reports" / HOLDER).exists():
        return None
    try:
        raw = json.loads(record.read_text(encoding="utf-8"))
        known = UpToDate(raw["digest"], tuple(raw["outputs"]), dict(raw["summary"]))
        return known if digest(options, known.outputs) == known.digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(
    options: RunOptions, outputs: Iterable[str], summary: Mapping[Lang, str], record: Path
) -> None:
    """Record that everything is up to date."""
    from compendium.files import write_atomic

    outputs = tuple(sorted(outputs))
    found = UpToDate(digest(options, outputs), outputs, summary)
    write_atomic(record, json.dumps(asdict(found), ensure_ascii=False).encode())


def digest(options: RunOptions, outputs: Iterable[str]) -> str:
    """Hash of what was asked for, all input files and the outputs."""
    others = packages.told(packages.others(options.root))
    chosen = (options.notebooks, options.profile, options.overrides, others)
    whole = hashlib.sha256(repr((chosen, sys.version_info[:2])).encode())
    reports = options.root / "reports"
    files = [*_inputs(options.root), *((f"reports/{path}", reports / path) for path in outputs)]
    for name, path in files:
        content = path.read_bytes()
        whole.update(f"\n{name} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()


def _inputs(root: Path) -> Iterator[tuple[str, Path]]:
    code = ((f"code {folder.name}", folder) for folder in package_folders())
    for name, folder in (("notebooks", root / "notebooks"), ("data", root / "data"), *code):
        for path in sorted(_below(folder)):
            yield f"{name}/{path.relative_to(folder).as_posix()}", path
    yield from _external(root)
    lock = root / "requirements.lock"
    if lock.is_file():
        yield "requirements.lock", lock


def _external(root: Path) -> Iterator[tuple[str, Path]]:
    """External files that lie elsewhere; those under data/ are among the data."""
    from compendium.data.external import LOCATION, folder_of, load_registry

    if not os.environ.get(variable(LOCATION)):
        return
    for name, described in load_registry(root).items():
        for file in described.files:
            path = folder_of(root, name) / file
            if path.is_file():
                yield f"external/{name}/{file}", path


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            if path.name not in SKIPPED_FOLDERS:
                yield from _below(path)
        elif path.is_file() and not path.name.startswith("."):
            yield path
