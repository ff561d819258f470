"""Forked kernels are as fresh as plain ones."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compendium.threads import SINGLE_THREADED, one_thread
from run import tiny
from run.tiny import change_cell, go

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")

PROBE = """
import json, os, random, sys, threading
import numpy as np

found = {
    "random": random.random(),
    "numpy": float(np.random.random()),
    "hash": hash("基层"),
    "threads": os.environ["OPENBLAS_NUM_THREADS"],
    "folder": os.path.basename(os.getcwd()),
    "path": sys.path[:2],
    "staged": os.path.isdir(os.environ["GRASSROOTS_STAGING"]),
    "columns": __import__("pandas").get_option("display.max_columns"),
    "history": get_ipython().history_manager.enabled,
    "settings": {k: str(v) for k, v in __import__("matplotlib").rcParams.items()},
}
print(json.dumps(found))
"""

FIGURE = """
import matplotlib.pyplot as plt

figure = plt.figure()
figure.gca().plot([1, 2])
"""


def outputs(root, name):
    """Outputs of the cell that was put in place of the fourth."""
    path = root / "reports" / "en" / "notebooks" / f"{name}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return next(c["outputs"] for c in cells if c["cell_type"] == "code" and c["outputs"])


def printed(root, name):
    return json.loads("".join(outputs(root, name)[0]["text"]))


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    found = {}
    for kernel in ("fork", "plain"):
        root = tiny.make_project(tmp_path_factory.mktemp(kernel) / "p")
        for name, value in (("01_first", 1.0), ("02_second", 2.0)):
            change_cell(root, name, 3, f"{PROBE}\nledger({value})")
        assert go(root, "01_first", "02_second", kernel=kernel) == 0
        found[kernel] = [printed(root, name) for name in ("01_first", "02_second")]
    return found


def test_each_forked_kernel_draws_its_own_random_numbers(probed):
    first, second = probed["fork"]
    assert first["random"] != second["random"]
    assert first["numpy"] != second["numpy"]


def test_forked_and_plain_kernels_find_the_same_world(probed):
    unlike = ("random", "numpy")
    forked, plain = (
        {key: value for key, value in probed[kernel][0].items() if key not in unlike}
        for kernel in ("fork", "plain")
    )
    assert forked == plain
    assert forked["threads"] == "1"
    assert forked["folder"] == "notebooks"
    assert forked["staged"]


def test_a_figure_left_open_is_shown_by_a_forked_kernel(tmp_path):
    root = tiny.make_project(tmp_path / "p")
    change_cell(root, "02_second", 3, f"ledger(2.0)\n{FIGURE}")
    assert go(root, "02_second", kernel="fork") == 0
    shown = [output["data"] for output in outputs(root, "02_second") if "data" in output]
    assert any("image/png" in data for data in shown)


def test_the_fork_server_has_one_thread_when_it_forks():
    from compendium.run.kernels import ForkServer, kernel_env

    server = ForkServer(kernel_env(tiny.source_folder(), tiny.source_folder()))
    try:
        server.preload(["pandas", "scipy.stats", "no_such_module"])
        assert server.ask(do="import", modules=[]) == {"threads": 1}
        tasks = Path(f"/proc/{server.pid}/task")
        assert not tasks.exists() or len(list(tasks.iterdir())) == 1
    finally:
        server.close()


def test_what_the_server_needs_is_small():
    from compendium.run import forkserver

    tree = ast.parse(Path(forkserver.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names
    }
    assert not imported & {"zmq", "numpy", "pandas", "matplotlib"}


def test_one_thread_is_asked_for_and_a_users_own_number_stays(monkeypatch):
    for name in SINGLE_THREADED:
        monkeypatch.setenv(name, "2")  # so that what is set here is put back
        monkeypatch.delenv(name)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    one_thread()
    assert {name: os.environ[name] for name in SINGLE_THREADED} == {
        **SINGLE_THREADED,
        "OPENBLAS_NUM_THREADS": "4",
    }


@pytest.mark.parametrize("command", ["calibrate", "multiverse", "mutate"])
def test_commands_that_compute_side_by_side_ask_before_linear_algebra_is_loaded(command):
    code = (
        f"import sys, compendium.commands.{command} as c; assert 'numpy' not in sys.modules;"
        "import compendium.threads as t; assert c.one_thread is t.one_thread"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
