"""A Dask scheduler and workers as processes of their own on this machine, ended in any case."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import numpy

import grassroots

SOURCE = Path(grassroots.__file__).parents[1]
STARTED_WITHIN = 20.0


class Cluster:
    """Workers are added and killed by hand; what they log is thrown away."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        self.processes: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def __enter__(self) -> "Cluster":
        place = self.folder / "scheduler.json"
        place_of_it = ("--scheduler-file", str(place), "--port", "0")
        self._start("dask_scheduler", *place_of_it, *self.options)
        deadline = time.monotonic() + STARTED_WITHIN
        while not (place.exists() and place.stat().st_size):
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        self.address = json.loads(place.read_text(encoding="utf-8"))["address"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait(timeout=STARTED_WITHIN)

    def worker(self, source: Path | None = SOURCE) -> subprocess.Popen[bytes]:
        """Start a worker of one thread that finds the package in a folder, or nowhere."""
        options = ("--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder))
        return self._start("dask_worker", self.address, *options, *self.options, source=source)

    def _start(
        self, module: str, *arguments: str, source: Path | None = SOURCE
    ) -> subprocess.Popen[bytes]:
        # -S keeps the installed package away from a worker that shall not have it; the other
        # libraries are put back by their folder.
        libraries = str(Path(numpy.__file__).parents[1])
        path = os.pathsep.join([*([str(source)] if source else []), libraries])
        process = subprocess.Popen(
            [
                *(sys.executable, "-S", "-m", f"distributed.cli.{module}"),
                *("--host", "127.0.0.1", "--no-dashboard", *arguments),
            ],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )
        self.processes.append(process)
        return process
