"""The fork server: it imports the analysis stack once, then forks a kernel for each notebook.

A process of its own, `python -m compendium.run.forkserver`, spoken to in JSON lines through
its standard input and output. It has one thread and no zmq context when it forks. Its kernels are
in sessions of their own, so that Ctrl-C reaches only the run, and all of them end with the server,
which ends when its input does, whatever ended the run.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import threading
from typing import Any, NoReturn, TextIO

from compendium.surroundings import collect_seldom

STACK = (
    "ipykernel.kernelapp",
    "matplotlib_inline.backend_inline",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
)
"""What every kernel needs; what the notebooks of a run import is asked for with `import`."""

COLUMNS_IN_A_KERNEL = 20
"""What pandas sets when it is imported in a kernel; elsewhere it fits a terminal."""

KERNEL_ARGUMENTS = (
    "--matplotlib=inline",  # without it a forked kernel drops figures without a word
    "--HistoryManager.enabled=False",
    "--Application.log_level=ERROR",  # each kernel would else warn of its own local sockets
)
"""Given to forked and plain kernels alike, so that both work the same."""


def main() -> None:
    """Serve requests until the standard input ends."""
    requests, replies = _take_over_pipes()
    parent = os.getppid()
    gc.disable()  # imports leave next to no garbage, and looking for it takes a fifth of their time
    server = Server(requests, replies, parent)
    signal.signal(signal.SIGTERM, server.end)
    _import(STACK, parent)
    server.serve()
    server.end()


class Server:
    """Answers requests; knows the kernels it has forked."""

    def __init__(self, requests: TextIO, replies: TextIO, parent: int) -> None:
        self.requests = requests
        self.replies = replies
        self.parent = parent
        self.codes: dict[int, int | None] = {}

    def serve(self) -> None:
        """Answer until the requests end."""
        for line in self.requests:
            request = json.loads(line)
            reply = getattr(self, f"do_{request.pop('do')}")(**request)
            self.replies.write(json.dumps(reply) + "\n")
            self.replies.flush()

    def do_import(self, modules: list[str]) -> dict[str, Any]:
        """Import modules; one that fails will say so in the notebook that needs it."""
        _import(modules, self.parent)
        return {"threads": threading.active_count()}

    def do_fork(
        self, connection: str, folder: str, env: dict[str, str], log: str
    ) -> dict[str, int]:
        """Fork a kernel for a connection file."""
        gc.freeze()  # so that a collection in the child does not copy the pages of the stack
        pid = os.fork()
        if pid == 0:
            self._become_kernel(connection, folder, env, log)
        self.codes[pid] = None
        return {"pid": pid}

    def do_poll(self, pid: int) -> dict[str, int | None]:
        """Exit code of a kernel, None while it runs."""
        if self.codes.get(pid) is None:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self.codes[pid] = os.waitstatus_to_exitcode(status)
        return {"code": self.codes[pid]}

    def do_signal(self, pid: int, number: int) -> dict[str, bool]:
        """Signal a kernel and what it started."""
        if self.do_poll(pid)["code"] is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)
        return {"done": True}

    def end(self, *_: object) -> NoReturn:
        """Kill every kernel that is left, and end."""
        for pid, code in self.codes.items():
            if code is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
        os._exit(0)

    def _become_kernel(self, connection: str, folder: str, env: dict[str, str], log: str) -> None:
        code = 1
        try:
            self.requests.close()
            self.replies.close()
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _write_to(log)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(env)
            gc.enable()
            collect_seldom()
            _reseed()
            _forget_terminal()
            _run_kernel(connection)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)


def _run_kernel(connection: str) -> None:
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", "-f", connection]
    sys.modules["debugpy.server"] = None  # type: ignore[assignment]  # half of a kernel's start
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    IPKernelApp.launch_instance(argv=["-f", connection, parent, *KERNEL_ARGUMENTS])


def _reseed() -> None:
    """Give the child its own random state, as a new process has; `random` reseeds itself."""
    if "numpy" in sys.modules:
        import numpy as np

        np.random.seed()  # noqa: NPY002


def _forget_terminal() -> None:
    """Let pandas print as in a kernel: it was imported before there was one."""
    if "pandas" in sys.modules:
        import pandas as pd

        pd.set_option("display.max_columns", COLUMNS_IN_A_KERNEL)


def _import(modules: list[str] | tuple[str, ...], parent: int) -> None:
    for name in modules:
        if os.getppid() != parent:
            os._exit(1)
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _take_over_pipes() -> tuple[TextIO, TextIO]:
    """Standard input and output for the protocol alone: no imported module can write there."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, replies


def _write_to(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


if __name__ == "__main__":
    if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109  (as -m puts it there)
        del sys.path[0]
    main()
