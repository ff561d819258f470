"""Notebooks opened by hand: restart-and-run-all is clean, shows everything and writes nothing."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def run_all(name, monkeypatch, **changed):
    """Outputs of a notebook after all its cells ran in a kernel of its own, as JupyterLab does."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
    parameters = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    for old, new in changed.values():
        assert old in parameters.source
        parameters.source = parameters.source.replace(old, new)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=folder).execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def files_below(folder):
    return {
        path: path.stat().st_mtime_ns
        for part in ("notebooks", "reports")
        for path in (folder / part).rglob("*")
        if ".ipynb_checkpoints" not in path.parts
    }


@pytest.mark.parametrize("name", ["02_context", "03_accountability"])
def test_restart_and_run_all_is_clean_and_shows_everything_inline(name, monkeypatch):
    before = files_below(ROOT)
    outputs = run_all(name, monkeypatch)
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    above = [output for output in outputs if output.output_type == "display_data"]
    assert {output.output_type for output in outputs} == {"execute_result", "display_data"}
    known = {"image/png", "text/html", "text/markdown"}  # exhibits, and sentences below them
    assert all(known & {*output.data} for output in above)
    assert "image/png" in kinds
    assert "text/html" in kinds
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert all(output.metadata["image/png"]["alt"] for output in pictures)
    assert not any("differ from the default" in str(output) for output in outputs)
    assert files_below(ROOT) == before


def test_edited_parameters_say_that_nothing_is_recorded(monkeypatch):
    changes = {"level": ("0.95", "0.9"), "lang": ('"en"', '"zh"')}
    outputs = run_all("03_accountability", monkeypatch, **changes)
    told = [
        output.data["text/markdown"]
        for output in outputs
        if output.output_type == "display_data" and "grassroots run" in str(output.data)
    ]
    assert len(told) == 1
    assert "level 0.9（默认 0.95）" in told[0]
    assert "`grassroots run 03_accountability -p level=0.9 --lang zh`" in told[0]
    assert os.environ.get("GRASSROOTS_STAGING") is None
