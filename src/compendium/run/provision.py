"""Kernels as nbclient wants them: a manager and a connected client, forked or plain."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from compendium.errors import UserError
from compendium.registry import variable
from compendium.run.forkserver import KERNEL_ARGUMENTS
from compendium.run.kernels import ForkServer
from compendium.run.used import ASK, Used

START_TIMEOUT = 120.0
"""Seconds for a kernel to answer: a plain one on a cold disk and a busy machine needs many."""

REPLY_TIMEOUT = 1.0
"""Seconds to wait for an answer before asking again: a kernel that still starts loses nothing."""

BROADCAST_TIMEOUT = 0.1
"""Seconds to wait for a broadcast: one sent before the subscription was made never comes."""

USED_TIMEOUT = 10.0
"""Seconds for a kernel to say what it has used: it is idle by then."""

RECONNECT = 10
"""Milliseconds between attempts to connect to a kernel that still starts; zmq's own 100 add up."""

WAIT_STEP = 0.005
"""Seconds between looks whether a killed kernel has gone."""


KERNEL = KernelSpec(
    argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *KERNEL_ARGUMENTS],
    display_name="Python 3",
    language="python",
)


class OwnKernel(KernelSpecManager):
    """Knows one kernel, that of this Python, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return it by any name."""
        del kernel_name
        return KERNEL


class ForkProvisioner(KernelProvisionerBase):
    """Watches and signals, through the fork server, a kernel that it has forked."""

    server: ForkServer
    pid: int | None = None

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel that was not yet waited for."""
        return self.pid is not None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Never called: the kernel is there before its manager."""
        raise NotImplementedError

    async def poll(self) -> int | None:
        """Exit code, None while the kernel runs."""
        if self.pid is None:
            return 0
        try:
            code: int | None = self.server.ask(do="poll", pid=self.pid)["code"]
        except UserError:  # the server has ended, and its kernels with it
            return 1
        return code

    async def wait(self) -> int | None:
        """Wait until the kernel has gone."""
        while (code := await self.poll()) is None:
            await asyncio.sleep(WAIT_STEP)
        self.pid = None
        return code

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel and what it started."""
        if self.pid is not None:
            self.server.ask(do="signal", pid=self.pid, number=int(signum))

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002
        """Kill the kernel."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:  # noqa: ARG002
        """Ask the kernel to end."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Nothing is left to clean up."""


@dataclass(frozen=True)
class Place:
    """A kernel that was given out: its connection file, the folder that its outputs go to.

    Attributes
    ----------
    pid
        Process of a forked kernel, which starts while the one before is at work; None for a plain
        kernel, which starts when it is connected to.
    """

    connection: Path
    staging: Path
    pid: int | None = None

    @property
    def sockets(self) -> str:
        """What the paths of the kernel's sockets start with."""
        return str(self.connection.with_suffix(""))

    @property
    def log(self) -> Path:
        """What the kernel says outside of cells."""
        return self.connection.with_suffix(".log")


@dataclass
class RunningKernel:
    """A kernel and the client that talks to it."""

    manager: AsyncKernelManager
    client: AsyncKernelClient

    async def used(self) -> Used:
        """Ask the kernel what it has used; one that does not answer leaves that open."""
        request = self.client.execute("", silent=True, user_expressions={"used": ASK})
        deadline = time.monotonic() + USED_TIMEOUT
        while time.monotonic() < deadline and await self.manager.is_alive():
            with contextlib.suppress(Empty):
                reply = await self.client.shell_channel.get_msg(timeout=REPLY_TIMEOUT)
                if reply["parent_header"].get("msg_id") == request:
                    return _used(reply["content"])
        return Used()

    async def close(self) -> None:
        """Kill the kernel: it has nothing to save, its files are written."""
        self.client.stop_channels()
        with contextlib.suppress(UserError):
            if self.manager.provisioner is not None and self.manager.provisioner.has_process:
                _kill_plain(self.manager)
                await self.manager.provisioner.kill()
                await self.manager.provisioner.wait()
            await self.manager.cleanup_resources()


@dataclass
class Kernels:
    """Gives out kernels for a run, forked ones from a stock that is one ahead of the demand.

    Attributes
    ----------
    server
        The fork server; None for plain kernels.
    folder
        Working folder of the kernels.
    scratch
        Folder for connection files, sockets and the kernels' own messages.
    staging
        Folder in which each kernel gets a folder for its outputs.
    """

    server: ForkServer | None
    folder: Path
    scratch: Path
    staging: Path
    env: Mapping[str, str]
    running: list[RunningKernel] = field(default_factory=list)
    stopped: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _demand: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))
    _stock: queue.SimpleQueue[Place | UserError] = field(default_factory=queue.SimpleQueue)

    def stock(self, number: int) -> None:
        """Start to fork kernels ahead, `number` in all."""
        if self.server is not None:
            threading.Thread(target=self._fork_ahead, args=(number,), daemon=True).start()

    def take(self) -> Place:
        """Take a kernel.

        Raises
        ------
        UserError
            The fork server or the run has ended.
        """
        if self.server is None:
            return self._place()
        self._demand.release()
        taken = self._stock.get()
        if isinstance(taken, UserError):
            raise taken
        return taken

    async def connect(self, place: Place) -> RunningKernel:
        """Connect to a kernel, a plain one being started, and wait until it answers.

        Raises
        ------
        UserError
            It ended or did not answer in time.
        """
        manager = _manager(place)
        if place.pid is not None and self.server is not None:
            manager.load_connection_file()
            manager.provisioner = ForkProvisioner(parent=manager, kernel_spec=KERNEL)
            manager.provisioner.server, manager.provisioner.pid = self.server, place.pid
        else:
            await self._start_plain(manager, place)
        running = RunningKernel(manager, manager.client())
        self.running.append(running)
        running.client.start_channels(stdin=False, hb=False)
        try:
            await _wait_until_ready(running)
        except BaseException:
            await running.close()
            raise
        return running

    def stop(self) -> None:
        """Kill every kernel at once; callable while other threads use them."""
        self.stopped = True
        self._demand.release()
        if self.server is not None:
            self.server.close()
            self._stock.put(_interrupted())
        for kernel in self.running:
            _kill_plain(kernel.manager)

    def _place(self, pid: int | None = None) -> Place:
        name = f"kernel{next(self._numbers)}"
        return Place(self.scratch / f"{name}.json", self.staging / name, pid)

    def _fork_ahead(self, number: int) -> None:
        for _ in range(number):
            self._demand.acquire()
            if self.stopped:
                return
            try:
                self._stock.put(self._fork())
            except UserError as error:
                self._stock.put(error)
                return

    def _fork(self) -> Place:
        assert self.server is not None
        place = self._place()
        write_connection_file(
            str(place.connection), transport="ipc", ip=place.sockets, key=uuid4().hex.encode()
        )
        reply = self.server.ask(
            do="fork",
            connection=str(place.connection),
            folder=str(self.folder),
            env=self._env(place),
            log=str(place.log),
        )
        return replace(place, pid=reply["pid"])

    async def _start_plain(self, manager: AsyncKernelManager, place: Place) -> None:
        if self.stopped:
            raise _interrupted()
        with place.log.open("ab") as output:
            await manager.start_kernel(
                cwd=str(self.folder), env=self._env(place), stdout=output, stderr=output
            )

    def _env(self, place: Place) -> dict[str, str]:
        return {**self.env, variable("STAGING"): str(place.staging)}


def _used(content: Mapping[str, Any]) -> Used:
    answer = content.get("user_expressions", {}).get("used", {})
    if answer.get("status") != "ok":
        return Used()
    return Used(**json.loads(ast.literal_eval(answer["data"]["text/plain"])))


def _manager(place: Place) -> AsyncKernelManager:
    manager = AsyncKernelManager(connection_file=str(place.connection))
    if hasattr(os, "fork"):
        manager.transport = "ipc"
        manager.ip = place.sockets
    manager.context.setsockopt(zmq.RECONNECT_IVL, RECONNECT)
    manager.kernel_spec_manager = OwnKernel()
    return manager


def _interrupted() -> UserError:
    return UserError("the run was interrupted", "run again")


def _kill_plain(manager: AsyncKernelManager) -> None:
    """Kill a plain kernel and what it started; the fork server does so with its own."""
    process: subprocess.Popen[bytes] | None = getattr(manager.provisioner, "process", None)
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # a kernel leads a session of its own
        else:
            process.kill()


async def _wait_until_ready(running: RunningKernel) -> None:
    """Wait for a reply and for its broadcast, which shows that no output will be missed."""
    client, deadline = running.client, time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        request = client.kernel_info()
        if await _answered(client) and await _heard(client, request):
            return
        if not await running.manager.is_alive():
            raise UserError("a kernel ended before it answered", "run again with --kernel plain")
    raise UserError(f"a kernel did not answer in {START_TIMEOUT:.0f} s", "run again")


async def _answered(client: AsyncKernelClient) -> bool:
    try:
        await client.shell_channel.get_msg(timeout=REPLY_TIMEOUT)
    except Empty:
        return False
    return True


async def _heard(client: AsyncKernelClient, request: str) -> bool:
    try:
        while True:
            message = await client.iopub_channel.get_msg(timeout=BROADCAST_TIMEOUT)
            about = message["parent_header"].get("msg_id")
            if about == request and message["content"].get("execution_state") == "idle":
                return True
    except Empty:
        return False
