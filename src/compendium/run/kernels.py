"""Kernels for notebooks: forked from a server that has the stack imported, or plain ones."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compendium.errors import UserError
from compendium.registry import variable
from compendium.run.options import Kernel
from compendium.threads import SINGLE_THREADED

FORK_SAFE = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's allocator starts one
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS ends forked processes without it
}
"""So that the fork server has one thread, those of libraries included."""

END_TIMEOUT = 5.0
"""Seconds for the server to end: it may be in the middle of a long import."""


def fork_exists() -> bool:
    """Whether this system can fork."""
    return hasattr(os, "fork")


def default_kernel() -> Kernel:
    """The fork server where fork exists."""
    return "fork" if fork_exists() else "plain"


def kernel_env(root: Path, scratch: Path) -> dict[str, str]:
    """Environment of every kernel: that of the user without what could change a result."""
    env = dict(os.environ)
    for name in ("MPLBACKEND", "PYTHONSTARTUP", "PYTHONINSPECT", "JPY_PARENT_PID"):
        env.pop(name, None)
    return env | {
        **SINGLE_THREADED,
        **FORK_SAFE,
        "PYTHONNOUSERSITE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "IPYTHONDIR": str(scratch / "ipython"),
        "MATPLOTLIBRC": _matplotlibrc(),
        variable("ROOT"): str(root),
    }


def _matplotlibrc() -> str:
    """The style file that matplotlib ships, found without importing it: the user's has no say."""
    spec = importlib.util.find_spec("matplotlib")
    folders = spec.submodule_search_locations if spec else None
    return str(Path(folders[0]) / "mpl-data" / "matplotlibrc") if folders else ""


class ForkServer:
    """The run's end of the fork server; see `compendium.run.forkserver`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._unread = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "compendium.run.forkserver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(env),
            start_new_session=True,
        )
        self.pid = self._process.pid

    def preload(self, modules: Sequence[str]) -> None:
        """Let the server import modules; returns at once, the reply is read by the next `ask`."""
        with self._lock:
            self._send(do="import", modules=list(modules))
            self._unread += 1

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its reply.

        Raises
        ------
        UserError
            The server has ended.
        """
        with self._lock:
            self._send(**request)
            while self._unread:
                self._receive()
                self._unread -= 1
            return self._receive()

    def _send(self, **request: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise _ended() from None

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise _ended()
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        """End the server and its kernels; safe while another thread waits for a reply."""
        self._process.terminate()
        try:
            self._process.wait(timeout=END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError, ValueError):
                if pipe:
                    pipe.close()


def _ended() -> UserError:
    return UserError("the fork server ended", "run again with --kernel plain")
