"""A tree of their own for the tests, settings that make every test deterministic, and a summary of
what was skipped and why."""

import gc
import os
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from own_tree import OWNER_VARIABLE, guard, run_in_copy

ROOT = Path(__file__).resolve().parents[1]
OWNER = os.environ.pop(OWNER_VARIABLE, None)
SLOWEST = (
    "test_parameters_move 11_robustness",
    "report/test_site",
    "exhibits/test_by_hand",
    "run/test_ends",
    "test_parameters_move",
    "test_project",
    "run/test_runs",
    "inference/test_workers",
    "setup/test_setup",
)
"""Groups of files that take longest: begun first, so that no worker ends long after the others."""
LOCAL_HOSTS = {"127.0.0.1", "::1", "localhost"}

settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")
os.environ["MPLBACKEND"] = "agg"
gc.set_threshold(50_000, 20, 20)  # as in a run: looking for garbage takes an eighth of the time
for _library in ("OMP", "OPENBLAS", "MKL"):
    # Threads of linear algebra cost more than they gain on small matrices, and kernels have one.
    os.environ[f"{_library}_NUM_THREADS"] = "1"


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Hand the run over to one in a copy, unless this is that one."""
    owner = OWNER or getattr(config, "workerinput", {}).get("owner")
    if owner is None:
        here, report = config.invocation_params.dir, config.option.xmlpath
        return run_in_copy(ROOT, config.invocation_params.args, here, report and here / report)
    guard(Path(owner), ROOT, Path(owner, ".pytest_cache"))
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of a parallel run that it is in the copy."""
    node.workerinput["owner"] = OWNER


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers take whole files, those that share a built site together, the slowest first."""
    place = {name: position for position, name in enumerate(SLOWEST)}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: place.get(_group(item), len(place)))


def _group(item: pytest.Item) -> str:
    name = item.path.relative_to(ROOT / "tests").with_suffix("").as_posix()
    if name == "test_parameters_move" and "[11_robustness" in item.name:
        return f"{name} 11_robustness"
    return "report/test_site" if name.startswith("report/test_site") else name


@pytest.fixture(scope="session", autouse=True)
def _settings_of_nobody() -> Iterator[None]:
    """Kernels see neither the user's Jupyter and IPython settings nor a language or a time zone."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        for name in [name for name in os.environ if name.startswith("GRASSROOTS_")]:
            patch.delenv(name)
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
            patch.setenv(name, str(Path(folder, name.lower())))
        patch.setenv("TZ", "UTC")
        yield


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is tested in this process may leave the machine."""
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0] if isinstance(address, tuple) else address
            assert host in LOCAL_HOSTS, f"a test reached for the network: {host}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_locally)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the skipped tests by reason, so that a quiet skip is seen."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
    )
    if reasons:
        terminalreporter.section("skipped, by reason")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count:4d}  {reason}")
