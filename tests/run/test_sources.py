"""Which files a notebook depends on: found by reading imports, never by running them."""

import ast

import pytest

from compendium.registry import package_folders
from compendium.run.notebook import without_magics
from compendium.run.sources import Modules, imports_of

FILES = {
    "__init__.py": "",
    "plain.py": "import json",
    "lazy.py": "def f():\n    from pkg.deep import leaf\n    return leaf",
    "deep/__init__.py": "from .leaf import x",
    "deep/leaf.py": "from ..plain import json\nx = 1",
    "deep/style.txt": "",
    "deep/.hidden": "",
    "round.py": "from . import circle",
    "circle.py": "from . import round",
    "forms/__init__.py": "import importlib\ndef f(n):\n    importlib.import_module('pkg.forms.' + n)",
    "forms/bars.py": "from pkg import plain",
    "forms/dots.py": "",
    "named.py": "import importlib\nimportlib.import_module('pkg.forms.dots')",
}


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    folder = tmp_path_factory.mktemp("包 package") / "pkg"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Modules((folder,))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("json", ""),
        ("pkg.plain", "__init__.py plain.py"),
        ("pkg.plain.function", "__init__.py plain.py"),
        ("pkg.no_such", "__init__.py"),
        (
            "pkg.lazy",
            "__init__.py deep/__init__.py deep/leaf.py deep/style.txt lazy.py plain.py",
        ),
        ("pkg.round", "__init__.py circle.py round.py"),
        ("pkg.forms", "__init__.py forms/__init__.py forms/bars.py forms/dots.py plain.py"),
    ],
)
def test_closure(modules, name, expected):
    found = sorted(
        path.relative_to(modules.folders[0]).as_posix() for path in modules.closure([name])
    )
    assert found == expected.split()


def test_import_by_a_literal_name_is_followed(modules):
    found = {path.name for path in modules.closure(["pkg.named"])}
    assert {"named.py", "dots.py"} <= found


def test_relative_imports_are_made_absolute():
    tree = ast.parse("from ..a import b\nfrom . import c\nfrom .d import e")
    assert imports_of([tree], "p.q").names == {"p.a", "p.a.b", "p.q", "p.q.c", "p.q.d", "p.q.d.e"}


def test_magics_do_not_hide_imports():
    source = "%matplotlib inline\nimport pkg.plain\n!ls\n"
    assert imports_of([ast.parse(without_magics(source))], "").names == {"pkg.plain"}
    assert without_magics("%%bash\nls") == ""


def test_every_module_of_both_packages_can_be_read():
    modules = Modules(package_folders())
    assert [folder.name for folder in modules.folders] == ["compendium", "grassroots"]
    for folder in modules.folders:
        files = {*folder.rglob("*.py")}
        names = [".".join(path.relative_to(folder.parent).with_suffix("").parts) for path in files]
        assert files <= modules.closure(names)
