"""What the project has written below `reports/`: it replaces and removes nothing else.

Every file that a command puts below `reports/` is noted in a record, by path and hash, before it
goes into its place. A file of which the record does not know these bytes belongs to somebody: it
is never removed, and where its place is needed it is set aside, and both are told.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from compendium.errors import UserError
from compendium.files import sha256_of, watched, write_atomic
from compendium.text import Lang, Text

STATE, STAGING, LOCK, HOLDER = ".state", ".staging", ".lock", ".lock.json"
"""Hidden names of the project's own below `reports/`."""

RECORD = Path(STATE, "written.jsonl")
STAMPS = Path(STATE, "report.json")
"""What each format of the report was made from and wrote; it has hashes of its own."""

ASIDE = "set-aside"
"""Folder below `reports/` for files whose place was needed."""

NOT_OURS = frozenset({ASIDE, "reference"})
RUN_RECORD = "run.json"
KNOWN_BYTES = 2
"""Versions of a file that are remembered: a kill can leave the new one or the one before."""

REMOVED = Text("removed: {path}", "已删除：{path}")
LEFT = Text(
    "left as it is, no record says that a run wrote it: {path}",
    "保留原样，无记录表明由运行写出：{path}",
)
CHANGED = Text(
    "left as it is, changed since a run wrote it: {path}", "保留原样，运行写出后又经改动：{path}"
)
SET_ASIDE = Text(
    "{path} was not as a run wrote it; what stood there is now {aside}",
    "{path} 与运行写出的不同，原文件已移至 {aside}",
)


def refuse_links(reports: Path) -> None:
    """Refuse a link in place of a folder: outputs would land, and be removed, behind it.

    The whole reports folder may be a link: then its user has chosen where all outputs go.

    Raises
    ------
    UserError
        The first such link, or a link among the project's own hidden files.
    """
    if reports.is_symlink() and not reports.is_dir():
        raise UserError(
            "the reports folder is a link to no folder", "make that folder", file=reports
        )
    for place, folders, files in os.walk(reports):
        here = Path(place)
        own = here.relative_to(reports).parts[:1] == (STATE,)
        for name in (*folders, *files):
            watched_for = (
                name in folders or own or (here == reports and name in (STAGING, LOCK, HOLDER))
            )
            if watched_for and (here / name).is_symlink():
                raise UserError(
                    "a link stands where the project writes",
                    "put a folder there, or move the link out of reports"
                    if name in folders
                    else "remove the link",
                    file=here / name,
                )


class Outputs:
    """The record of what was written below a reports folder, and what a command did to files.

    Attributes
    ----------
    removed, left, changed
        Files that were removed; not removed, as no record knows them; not removed, as they are not
        as they were written.
    aside
        Files that were set aside: where they stood and where they are.
    """

    def __init__(self, reports: Path) -> None:
        self.reports = reports
        self._root = reports.resolve()
        self.removed: list[str] = []
        self.left: list[str] = []
        self.changed: list[str] = []
        self.aside: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._written: dict[str, list[str]] = {}
        self._found: dict[str, str] = {}
        self._stamped = _stamped(reports)
        self._read()

    @classmethod
    def at(cls, reports: Path) -> Outputs:
        """The one that a command has opened for a reports folder, else a new one."""
        return next((one for one in _open if one.reports == reports), None) or cls(reports)

    def replacing(self, source: Path, target: Path) -> None:
        """Note a file that is about to go to `target`; what stands there and is not ours, stays."""
        name = self._name(target)
        if name is None:
            return
        new = sha256_of(source)
        with self._lock:
            if os.path.lexists(target) and not self._may_replace(name, target, new):
                self._set_aside(name, target)
            self._note(name, new)

    def note_below(self, folder: Path, place: Path) -> None:
        """Note all files of a folder that is about to go to `place` as a whole."""
        for path in sorted(folder.rglob("*")):
            name = self._name(place / path.relative_to(folder))
            sha = None if path.is_dir() else _sha_of_file(path)
            if name is not None and sha is not None:
                with self._lock:
                    self._note(name, sha)

    def remove(self, path: PurePosixPath | str) -> None:
        """Remove a file below the reports folder if it is as it was written, else remember it."""
        self._take_away(path, self._remember)

    def remove_all(self) -> None:
        """Remove every file that is as it was written; remember all others that are there."""
        for place, _, files in os.walk(self.reports):
            for path in (Path(place) / name for name in sorted(files)):
                name = self._name(path)
                if name is not None:
                    self.remove(name)

    def clear(self, path: PurePosixPath | str) -> None:
        """Take a file out of a place that must be empty: remove it, or set it aside."""
        self._take_away(path, self._set_aside)

    def is_of_report(self, path: PurePosixPath | str) -> bool:
        """Whether a format of the report wrote a file, which then is not for a run to remove."""
        name = str(path)
        return name in self._stamped or (name in self._written and name.endswith((".tex", ".docx")))

    def foreign(self, folder: Path) -> Iterator[PurePosixPath]:
        """Files and links below a folder, relative to it, that are not as they were written."""
        for place, folders, files in os.walk(folder):
            links = [name for name in folders if (Path(place) / name).is_symlink()]
            for name in sorted((*links, *files)):
                path = Path(place) / name
                known = self._name(path)
                if known is None or not self._is_ours(known, path):
                    yield PurePosixPath(path.relative_to(folder).as_posix())

    def set_aside(self, path: Path) -> None:
        """Move a file that is not ours out of a place that is needed."""
        name = self._name(path)
        if name is not None:
            with self._lock:
                self._set_aside(name, path)

    def told(self, lang: Lang, root: Path) -> list[str]:
        """What was removed, left and set aside, one line a file."""

        def shown(name: str) -> str:
            return (self.reports / name).relative_to(root).as_posix()

        lines = [
            text[lang].format(path=shown(name))
            for text, names in ((REMOVED, self.removed), (CHANGED, self.changed), (LEFT, self.left))
            for name in sorted(names)
        ]
        moved = sorted(self.aside)
        return lines + [
            SET_ASIDE[lang].format(path=shown(name), aside=shown(to)) for name, to in moved
        ]

    def compact(self) -> None:
        """Write the record anew with what is still known; only while no other command writes."""
        known = ((name, sha, False) for name, all_ in self._written.items() for sha in all_)
        found = ((name, sha, True) for name, sha in self._found.items())
        lines = [_line(name, sha, found=old) for name, sha, old in (*found, *known)]
        if lines:
            write_atomic(self.reports / RECORD, "".join(lines).encode())

    def _take_away(self, path: PurePosixPath | str, otherwise: Callable[[str, Path], None]) -> None:
        """Remove a file that is as it was written; do otherwise with one that is not."""
        target = self.reports / path
        name = self._name(target)
        with self._lock:
            if name is None or not os.path.lexists(target):
                return
            if self._is_ours(name, target):
                target.unlink()
                self.removed.append(name)
            else:
                otherwise(name, target)

    def _remember(self, name: str, _: Path) -> None:
        known = name in self._written or name in self._stamped
        (self.changed if known else self.left).append(name)

    def _name(self, path: Path) -> str | None:
        """Path below the reports folder, None for one that is not recorded."""
        try:
            inside = (path.parent.resolve() / path.name).relative_to(self._root)
        except ValueError:
            return None
        if inside.parts[0] in NOT_OURS or inside.parts[0].startswith("."):
            return None
        return inside.as_posix()

    def _may_replace(self, name: str, target: Path, new: str) -> bool:
        sha = _sha_of_file(target)
        if sha is None:
            return target.is_dir() and not target.is_symlink()  # refused by who moves
        return sha == new or sha == self._found.get(name) or self._knows(name, sha)

    def _is_ours(self, name: str, target: Path) -> bool:
        sha = _sha_of_file(target)
        return sha is not None and self._knows(name, sha)

    def _knows(self, name: str, sha: str) -> bool:
        return sha in self._written.get(name, ()) or sha == self._stamped.get(name)

    def _set_aside(self, name: str, target: Path) -> None:
        place = self.reports / ASIDE / name
        number = 1
        while os.path.lexists(place):
            number += 1
            place = (self.reports / ASIDE / name).with_stem(f"{Path(name).stem}-{number}")
        place.parent.mkdir(parents=True, exist_ok=True)
        target.rename(place)
        self.aside.append((name, place.relative_to(self.reports).as_posix()))

    def _note(self, name: str, sha: str) -> None:
        if self._written.get(name, [""])[-1] == sha:
            return
        self._learn(name, sha)
        path = self.reports / RECORD
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(_line(name, sha))

    def _learn(self, name: str, sha: str) -> None:
        earlier = [known for known in self._written.get(name, []) if known != sha]
        self._written[name] = [*earlier, sha][-KNOWN_BYTES:]

    def _read(self) -> None:
        try:
            text = (self.reports / RECORD).read_text(encoding="utf-8", errors="replace")
        except OSError:
            self._take_over()
            return
        for line in text.splitlines():
            try:
                entry = json.loads(line)
                name, sha = str(entry["path"]), str(entry["sha256"])
            except (ValueError, TypeError, KeyError, RecursionError):  # cut off by a kill, damaged
                continue
            if entry.get("found"):
                self._found[name] = sha
            else:
                self._learn(name, sha)

    def _take_over(self) -> None:
        """Of results without a record: they may be replaced as they are, but are never removed."""
        if not (self.reports / RUN_RECORD).is_file():
            return
        for place, _, files in os.walk(self.reports):
            for path in (Path(place) / name for name in files):
                name, sha = self._name(path), _sha_of_file(path)
                if name is not None and sha is not None:
                    self._found[name] = sha
        self.compact()


_open: list[Outputs] = []


@contextmanager
def recorded_outputs(reports: Path) -> Iterator[Outputs]:
    """Record all files that go below a reports folder while a command works.

    Raises
    ------
    UserError
        A link stands where the project writes.
    """
    refuse_links(reports)
    outputs = Outputs(reports)
    _open.append(outputs)
    try:
        with watched(outputs.replacing):
            yield outputs
    finally:
        _open.remove(outputs)


def _sha_of_file(path: Path) -> str | None:
    """Hash of a plain file, None for a link, a folder or what can't be read."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    try:
        return sha256_of(path)
    except UserError:
        return None


def _line(name: str, sha: str, *, found: bool = False) -> str:
    entry: dict[str, object] = {"path": name, "sha256": sha}
    if found:
        entry["found"] = True
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _stamped(reports: Path) -> dict[str, str]:
    """Hashes of the files that the formats of the report wrote, by their own record."""
    try:
        stamps = json.loads((reports / STAMPS).read_text(encoding="utf-8"))
        return {name: sha for stamp in stamps.values() for name, sha in stamp["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
