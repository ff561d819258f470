"""What must not be in the repository, and what every notebook must have."""

import json
import os
import re
import stat
from pathlib import Path

import pytest
from bare import ROOT, project_files

BINARY = {
    ".png",
    ".pdf",
    ".xlsx",
    ".dta",
    ".sav",
    ".zsav",
    ".parquet",
    ".ttf",
    ".otf",
    ".zip",
    ".gz",
}
FOREIGN = Path("tests", "survey", "cases")
"""Survey files as other programs write them, in their own encodings."""

TEXT_FILES = [
    path
    for path in project_files()
    if path.suffix not in BINARY and not path.is_relative_to(FOREIGN)
]
NOTEBOOKS = [path for path in project_files() if path.suffix == ".ipynb"]
SCRIPTS = [Path(".ci/run"), Path("postBuild"), Path("tools/lock.sh"), Path("tools/setup.sh")]

MACHINE_PATH = re.compile(r"(?<![\w.:/~}-])/(?:root|home|Users|tmp|work|mnt)/\w|\b[A-Z]:\\+Users\b")
REGISTRY = re.compile(r"pypi\.org|pythonhosted|anaconda\.(?:org|com)|/simple(?:/|\b)|pypi\.tuna")
SECRET = re.compile(
    r"BEGIN [A-Z ]*PRIVATE KEY|\bghp_\w{20}|\bAKIA[0-9A-Z]{16}|[?&](?:token|api_key)="
)


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Places where a pattern is found, but for this file and the addresses in data."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in TEXT_FILES
        if path.name != Path(__file__).name and path.suffix != ".csv"
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


EXHIBITS_OF_REFERENCE = Path("reports/reference/exhibits")
KEPT_BESIDE = {Path("reports/reference", name) for name in ("words.csv", "data.csv")}
"""Their CSVs are results that people open: they begin with the mark by which Excel knows UTF-8."""


def test_text_is_utf8_with_unix_line_ends_and_no_byte_order_mark() -> None:
    for path in TEXT_FILES:
        content = (ROOT / path).read_bytes()
        content.decode("utf-8")
        for_readers = path.suffix == ".csv" and (
            path.parent == EXHIBITS_OF_REFERENCE or path in KEPT_BESIDE
        )
        assert content.startswith(b"\xef\xbb\xbf") == for_readers, path
        assert b"\r\n" not in content or path.suffix == ".csv", path


def test_no_path_of_a_machine() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_no_package_registry_is_named() -> None:
    assert lines_with(REGISTRY) == []


def test_no_secret() -> None:
    assert lines_with(SECRET) == []


def test_file_names_work_on_every_system() -> None:
    names = [path.as_posix() for path in project_files()]
    assert len({name.lower() for name in names}) == len(names)
    assert not [name for name in names if re.search(r'[<>:"\\|?*]|[ .]$', name)]


def test_no_file_is_large() -> None:
    large = [path for path in project_files() if (ROOT / path).stat().st_size > 2_000_000]
    assert large == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
@pytest.mark.parametrize("path", SCRIPTS, ids=str)
def test_scripts_are_executable_and_strict(path: Path) -> None:
    assert (ROOT / path).stat().st_mode & stat.S_IXUSR
    assert re.search(r"^set -(?:u|eu|euo pipefail)$", text_of(path), re.MULTILINE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_notebook_is_stripped_and_has_one_parameters_cell(path: Path) -> None:
    notebook = json.loads(text_of(path))
    cells = notebook["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5)
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert not {"papermill", "widgets"} & set(notebook["metadata"])
