"""Lists what no notebook, command, report format or seam of the study reaches in `src`.

A static graph of names: a place is a function, class or constant at the top of a module, or a
method; an arrow leads from a place to each place that its source text names. Roots are the code
cells of the notebooks, the console commands, the modules that are named in strings (commands,
report formats, the study's parts) and what a module runs while it is imported. A function is told
from a module of the same name by the import that brought the name. A method counts as reached
when its class is and its name stands as an attribute (or a string) in reached code.

    python tools/unreached.py            one line a place: lines, file, name; exit code 1 if any
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

HARMLESS = {
    "abstractmethod",
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "dataclass",
    "lru_cache",
    "overload",
    "property",
    "runtime_checkable",
    "staticmethod",
    "total_ordering",
    "wraps",
}
"""Decorators that hand nothing to a register; what another one decorates runs on import."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Node = tuple[str, str]
"""A place: its module and its name; "" is what the module runs while it is imported."""


@dataclass
class Module:
    """A module's places, and what each name in it stands for."""

    name: str
    path: Path
    tree: ast.Module
    package: bool = False
    places: dict[str, ast.stmt] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class House:
    """Every module of the packages below `src`, and what has been reached."""

    modules: dict[str, Module]
    reached: set[Node] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    heads: set[str] = field(default_factory=set)

    def follow(self, module: Module, statements: Iterable[ast.AST]) -> Iterator[Node]:
        """Places that statements of a module name."""
        for statement in statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name):
                    yield from self._place(module.name, node.id)
                elif isinstance(node, ast.Attribute):
                    self.words.add(node.attr)
                    yield from self._dotted(module, node)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield from self._string(node.value)
                elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                    head = str(node.values[0].value)
                    self.named |= {name for name in self.modules if name.startswith(head)}
                    self.named |= {module.name} if "__name__" in ast.unparse(node) else set()
                    self.heads |= {head} if head.isidentifier() and head.endswith("_") else set()
                elif isinstance(node, ast.keyword) and node.arg:
                    self.words.add(node.arg)

    def _place(self, module: str, name: str) -> Iterator[Node]:
        """The place that a name stands for, through imports and packages that hand it on."""
        if module not in self.modules:
            return
        home = self.modules[module]
        if name in home.places:
            yield module, name
        elif name in home.imports:
            source, original = home.imports[name]
            if original:
                yield (source, "")
                yield from self._place(source, original)
        elif home.package and "__getattr__" in home.places:
            yield module, "__getattr__"
            inside = (one for one in self.modules if one.startswith(f"{module}."))
            yield from ((one, name) for one in inside if name in self.modules[one].places)

    def is_module(self, package: str, name: str) -> bool:
        """Whether a package's name stands for its module, not for a place it took in by import."""
        home = self.modules.get(package)
        source, original = home.imports.get(name, ("", "")) if home else ("", "")
        taken = home and (name in home.places or (original and source != package))
        return not taken and f"{package}.{name}" in self.modules

    def _dotted(self, module: Module, node: ast.Attribute) -> Iterator[Node]:
        """The place behind `alias.name` or `package.module.name`."""
        parts = [node.attr]
        value: ast.expr = node.value
        while isinstance(value, ast.Attribute):
            parts.insert(0, value.attr)
            value = value.value
        if not isinstance(value, ast.Name) or value.id not in module.imports:
            return
        source, original = module.imports[value.id]
        where = f"{source}.{original}" if original else source
        while parts and self.is_module(where, parts[0]):
            where = f"{where}.{parts.pop(0)}"
        if where in self.modules and parts:
            yield (where, "")
            yield from self._place(where, parts[0])

    def _string(self, text: str) -> Iterator[Node]:
        """A string that is a name, a module, or "module:name"."""
        self.words |= set(re.findall(r"\w+", text))
        where, _, name = text.partition(":")
        if where in self.modules:
            yield from [*self._place(where, name)] if name else ()
            self.named |= set() if name else {where}

    def reach(self, first: Iterable[Node]) -> None:
        """Walk from the roots until nothing new is met."""
        todo = list(first)
        while todo:
            for node in todo:
                self._walk(node)
            todo = self._methods()

    def _walk(self, first: Node) -> None:
        todo = [first]
        while todo:
            node = todo.pop()
            if node in self.reached or node[0] not in self.modules:
                continue
            self.reached.add(node)
            module = self.modules[node[0]]
            todo.append((module.name, ""))
            todo += self.follow(module, _text(module, node[1]))

    def _methods(self) -> list[Node]:
        """Methods of reached classes, and places of named modules, that reached code names."""
        classes = {node for node in self.reached if "." not in node[1]}
        found = [
            (name, place)
            for name, module in self.modules.items()
            for place, statement in module.places.items()
            if ("." in place and self._called(name, place, classes, statement))
            or (name in self.named and place in self.words)
        ]
        return [node for node in found if node not in self.reached]

    def _called(self, name: str, place: str, classes: set[Node], statement: ast.stmt) -> bool:
        owner, _, method = place.partition(".")
        hook = method[0] == method[-1] == "_" or bool(_decorators(statement) - HARMLESS)
        hook |= self._foreign(self.modules[name], owner)
        built = any(method.startswith(head) for head in self.heads)
        return (name, owner) in classes and (hook or built or method in self.words)

    def _foreign(self, module: Module, owner: str) -> bool:
        """Whether a class has a base of a library's, which may call what it defines."""
        whole = module.places[owner]
        bases = whole.bases if isinstance(whole, ast.ClassDef) else []
        sources = [module.imports.get(ast.unparse(one).partition(".")[0]) for one in bases]
        return any(source and source[0] not in self.modules for source in sources)


def _text(module: Module, place: str) -> list[ast.AST]:
    """The source of a place: a class without its methods, a module without its places."""
    if not place:
        whole = module.name.startswith("notebook ")
        return [one for one in module.tree.body if whole or _runs(one)]
    statement = module.places[place]
    if isinstance(statement, ast.ClassDef):
        own: list[ast.AST] = [one for one in statement.body if not isinstance(one, FUNCTIONS)]
        return [*own, *statement.bases, *statement.keywords, *statement.decorator_list]
    return [statement]


def _decorators(statement: ast.stmt) -> set[str]:
    found = getattr(statement, "decorator_list", [])
    plain = [one.func if isinstance(one, ast.Call) else one for one in found]
    return {ast.unparse(one).rpartition(".")[2] for one in plain}


def _runs(statement: ast.stmt) -> bool:
    """Whether a statement does anything while its module is imported."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return not _decorators(statement) <= HARMLESS
    return not isinstance(statement, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign)


def _places(tree: ast.Module) -> dict[str, ast.stmt]:
    """Top-level functions, classes and constants, and methods as "Class.method"."""
    found: dict[str, ast.stmt] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[statement.name] = statement
            if isinstance(statement, ast.ClassDef):
                inner = [one for one in statement.body if isinstance(one, FUNCTIONS)]
                found |= {f"{statement.name}.{one.name}": one for one in inner}
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [n.id for one in targets for n in ast.walk(one) if isinstance(n, ast.Name)]
            found |= dict.fromkeys(names, statement)
    return found


def _imports(statements: Iterable[ast.AST]) -> dict[str, tuple[str, str]]:
    """Name in the module -> (module it comes from, its name there; "" for a module)."""
    found: dict[str, tuple[str, str]] = {}
    for one in statements:
        if isinstance(one, ast.Import):
            for alias in one.names:
                bound = alias.asname or alias.name.partition(".")[0]
                found[bound] = (alias.name if alias.asname else bound, "")
        elif isinstance(one, ast.ImportFrom):
            for alias in one.names:
                found[alias.asname or alias.name] = (one.module or "", alias.name)
    return found


def read_house(source: Path) -> House:
    """Read every module below a folder of packages."""
    modules = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if package else parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = Module(name, path, tree, package, _places(tree))
        module.imports = _imports(ast.walk(tree))
        modules[name] = module
    house = House(modules)
    for module in modules.values():
        for name, (where, original) in list(module.imports.items()):
            if original and house.is_module(where, original):
                module.imports[name] = (f"{where}.{original}", "")
    return house


def notebook_code(folder: Path) -> list[str]:
    """Source text of every code cell, one text a notebook."""
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found.append("\n".join(code))
    return found


SEAMS = ("grassroots.register", "compendium.exhibits.plots", "compendium.exhibits.plots.simple")
"""Reached from outside: what the study registers, and the plots that authors call."""


def unreached(root: Path, seams: Iterable[str] = SEAMS) -> list[Node]:
    """Places below `src` of a project that nothing reaches, in the order of files and lines."""
    house = read_house(root / "src")
    scripts = [path.read_text(encoding="utf-8") for path in sorted((root / "tools").glob("*.py"))]
    for number, code in enumerate([*notebook_code(root / "notebooks"), *scripts]):
        tree = ast.parse(code)
        name = f"notebook {number}"
        house.modules[name] = Module(name, Path(name), tree, imports=_imports(ast.walk(tree)))
    codes = [(name, "") for name in house.modules if name.startswith("notebook ")]
    mains = [("compendium.cli", "main"), ("compendium.study", "Study")]
    given = [(name, place) for name in seams for place in house.modules[name].places]
    programs = [
        (name, "main")
        for name, one in house.modules.items()
        if _is_script(one.tree) and not name.startswith("notebook ")
    ]
    house.reach([*codes, *mains, *given, *programs])
    left = defaultdict(list)
    for name, module in house.modules.items():
        for place in module.places:
            owner = place.partition(".")[0]
            inside = "." in place and (name, owner) not in house.reached
            dunder = place.startswith("__") and place != "__getattr__"
            if (name, place) not in house.reached and not inside and not dunder:
                left[name].append(place)
    return [(name, place) for name, places in left.items() for place in places]


def _is_script(tree: ast.Module) -> bool:
    return any(isinstance(one, ast.If) and "__main__" in ast.unparse(one.test) for one in tree.body)


def main(root: Path) -> int:
    """Print what is unreached, and how many lines it has."""
    house = read_house(root / "src")
    whole = 0
    for name, place in unreached(root):
        statement = house.modules[name].places[place]
        lines = (statement.end_lineno or statement.lineno) - statement.lineno + 1
        whole += lines
        path = house.modules[name].path.relative_to(root).as_posix()
        print(f"{lines:4} {path}:{statement.lineno} {place}")  # noqa: T201
    print(f"{whole} lines unreached")  # noqa: T201
    return 1 if whole else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[1]))
