"""Kernels as nbclient wants them: a manager and a connected client, forked or plain."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from grassroots.errors import UserError
from grassroots.pipeline.forkserver import KERNEL_ARGUMENTS
from grassroots.pipeline.kernels import ForkServer

START_TIMEOUT = 120.0
"""Seconds for a kernel to answer: a plain one on a cold disk and a busy machine needs many."""

REPLY_TIMEOUT = 1.0
"""Seconds to wait for an answer before asking again: a kernel that still starts loses nothing."""

BROADCAST_TIMEOUT = 0.1
"""Seconds to wait for a broadcast: one sent before the subscription was made never comes."""

RECONNECT = 10
"""Milliseconds between attempts to connect to a kernel that still starts; zmq's own 100 add up."""

WAIT_STEP = 0.005
"""Seconds between looks whether a killed kernel has gone."""


class ForkProvisioner(KernelProvisionerBase):
    """Starts, signals and watches a kernel through the fork server."""

    server: ForkServer
    manager: AsyncKernelManager
    log_file: Path
    pid: int | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was forked and not yet waited for."""
        return self.pid is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file; nothing of a command line is needed."""
        self.manager.write_connection_file()
        self.connection_info = self.manager.get_connection_info()
        return {**kwargs, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:  # noqa: ARG002
        """Fork."""
        reply = self.server.ask(
            do="fork",
            connection=self.manager.connection_file,
            folder=str(kwargs["cwd"]),
            env=dict(kwargs["env"]),
            log=str(self.log_file),
        )
        self.pid = reply["pid"]
        return self.connection_info

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


@dataclass
class RunningKernel:
    """A kernel and the client that talks to it."""

    manager: AsyncKernelManager
    client: AsyncKernelClient

    async def close(self) -> None:
        """Kill the kernel: it has nothing to save, its files are written."""
        self.client.stop_channels()
        with contextlib.suppress(UserError):
            if self.manager.provisioner is not None and self.manager.provisioner.has_process:
                await self.manager.provisioner.kill()
                await self.manager.provisioner.wait()
            await self.manager.cleanup_resources()


@dataclass
class Kernels:
    """Starts kernels for a run.

    Attributes
    ----------
    server
        The fork server; None for plain kernels.
    folder
        Working folder of the kernels.
    scratch
        Folder for connection files, sockets and the kernels' own messages.
    """

    server: ForkServer | None
    folder: Path
    scratch: Path
    env: Mapping[str, str]
    running: list[RunningKernel] = field(default_factory=list)
    stopped: bool = False

    def stop(self) -> None:
        """Kill every kernel at once; callable while other threads use them."""
        self.stopped = True
        if self.server is not None:
            self.server.close()
        for kernel in self.running:
            process = getattr(kernel.manager.provisioner, "process", None)
            if process is not None:
                _kill_group(process)

    async def start(self, name: str, env: Mapping[str, str]) -> RunningKernel:
        """Start a kernel and wait until it answers.

        Raises
        ------
        UserError
            It ended or did not answer in time.
        """
        if self.stopped:
            raise UserError("the run was interrupted", "run again")
        manager = self._manager(name)
        log = self.scratch / f"{name}.log"
        with log.open("ab") as output:
            streams = {} if self.server else {"stdout": output, "stderr": output}
            await manager.start_kernel(cwd=str(self.folder), env={**self.env, **env}, **streams)
        running = RunningKernel(manager, manager.client())
        self.running.append(running)
        running.client.start_channels()
        try:
            await _wait_until_ready(running)
        except BaseException:
            await running.close()
            raise
        running.client.allow_stdin = False
        return running

    def _manager(self, name: str) -> AsyncKernelManager:
        manager = AsyncKernelManager(connection_file=str(self.scratch / f"{name}.json"))
        if hasattr(os, "fork"):
            manager.transport = "ipc"
            manager.ip = str(self.scratch / name)
        manager.context.setsockopt(zmq.RECONNECT_IVL, RECONNECT)
        manager._kernel_spec = KernelSpec(
            argv=[
                *(sys.executable, "-m", "ipykernel_launcher"),
                *("-f", "{connection_file}", *KERNEL_ARGUMENTS),
            ],
            display_name="Python 3",
            language="python",
        )
        if self.server is not None:
            provisioner = ForkProvisioner(parent=manager, kernel_spec=manager._kernel_spec)
            provisioner.server, provisioner.manager = self.server, manager
            provisioner.log_file = self.scratch / f"{name}.log"
            manager.provisioner = provisioner
        return manager


def _kill_group(process: subprocess.Popen[bytes]) -> None:
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
