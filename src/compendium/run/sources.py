"""Which files of the package a notebook's result can depend on: its static import closure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from compendium.registry import registered
from compendium.run.notebook import Notebook

# A module that calls one of these may import any neighbour, so its whole package counts.
DYNAMIC_CALLS = frozenset({"import_module", "iter_modules", "walk_packages", "__import__"})


PARTS = frozenset({"part", "needed"})
"""Methods of `Registered` that import a part of the study by its name."""


@dataclass(frozen=True)
class Imports:
    """What a piece of code imports: absolute dotted names, and whether it imports by a variable."""

    names: frozenset[str]
    dynamic: bool = False


@dataclass
class Modules:
    """The modules of some packages, found in their folders without importing anything."""

    folders: tuple[Path, ...]
    _read: dict[Path, Imports] = field(default_factory=dict)
    _after: dict[Path, tuple[Path, ...]] = field(default_factory=dict)

    def closure(self, names: Iterable[str]) -> frozenset[Path]:
        """Files that importing the names can run or read, lazy imports included.

        Beside the modules this holds the files of other kinds (styles, templates) that lie in the
        folders of these modules.
        """
        found: set[Path] = set()
        waiting = [path for name in names for path in self.files(name)]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                if path not in self._after:
                    self._after[path] = tuple(dict.fromkeys(self._next(path)))
                waiting += self._after[path]
        folders = {path.parent for path in found}
        return frozenset(found | {path for folder in folders for path in _other_files(folder)})

    def imports_below(self, names: Iterable[str]) -> frozenset[str]:
        """Names of everything that the closure imports anywhere, of this package and of others."""
        files = self.closure(names)
        return frozenset(n for path in files if path in self._read for n in self._read[path].names)

    def files(self, name: str) -> Iterator[Path]:
        """Files that `import name` runs: the module and the packages above it."""
        first, *rest = name.split(".")
        folder = next((folder for folder in self.folders if folder.name == first), None)
        if folder is None:
            return
        yield folder / "__init__.py"
        for part in rest:
            module, folder = folder / f"{part}.py", folder / part
            if module.is_file():
                yield module
                return
            if not (folder / "__init__.py").is_file():
                return
            yield folder / "__init__.py"

    def _next(self, path: Path) -> list[Path]:
        if path not in self._read:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            self._read[path] = imports_of([tree], self._package_of(path))
        imports = self._read[path]
        following = [file for name in imports.names for file in self.files(name)]
        if imports.dynamic:
            following += path.parent.rglob("*.py")
        return following

    def _package_of(self, path: Path) -> str:
        folder = next(folder for folder in self.folders if path.is_relative_to(folder))
        return ".".join(path.relative_to(folder.parent).parent.parts)


def notebook_imports(notebook: Notebook) -> Imports:
    """What the code cells of a notebook import."""
    return imports_of(notebook.trees(), "")


def imports_of(trees: Iterable[ast.Module], package: str) -> Imports:
    """Imports anywhere in the code, also inside functions; `package` resolves relative ones."""
    names: set[str] = set()
    dynamic = False
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.Import():
                names.update(alias.name for alias in node.names)
            case ast.ImportFrom():
                base = _base(node, package)
                names.add(base)
                names.update(f"{base}.{alias.name}" for alias in node.names)
            case ast.Call():
                literal, is_import = _imported_by_call(node)
                names.update(literal)
                dynamic |= is_import and not literal
    return Imports(frozenset(names), dynamic)


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    kept = parents[: len(parents) - node.level + 1]
    return ".".join((*kept, node.module) if node.module else kept)


def _imported_by_call(node: ast.Call) -> tuple[set[str], bool]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else None
    if isinstance(node.func, ast.Name):
        called = node.func.id
    if called not in DYNAMIC_CALLS | PARTS:
        return set(), False
    match node.args[:1]:
        case [ast.Constant(str(name))] if called in PARTS:
            return {getattr(registered(), name, "").partition(":")[0]}, True
        case _ if called in PARTS:
            return set(), False
        case [ast.Constant(str(name))]:
            return {name}, True
        case _:
            return set(), True


def _other_files(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in (".py", ".pyc") and not path.name.startswith(".")
    )
