"""Which cell of a notebook is running."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path


def running_cell(notebook: Path) -> str:
    """Return the id of the cell whose code runs now; empty outside of the notebook.

    The kernel knows the code that it was sent, the notebook's file knows the ids: a cell is found
    by its code, the parameters' cell of a run being another's.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    history = getattr(getattr(shell, "history_manager", None), "input_hist_raw", ())
    return _cells(notebook).get(history[-1].strip(), "") if history else ""


@cache
def _cells(notebook: Path) -> dict[str, str]:
    """Ids of a notebook's code cells by their code; of two with the same code, the first."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return {"".join(cell["source"]).strip(): cell.get("id", "") for cell in reversed(code)}
