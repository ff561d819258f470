"""Blocks of work on a Dask cluster that may lose workers.

Futures are used directly and not joblib's Dask backend: the backend waits for ever when the last
worker is gone and does not come back to a block that was lost too often; with futures both are
seen. What all blocks share travels once to each worker and is made again when its holder is lost.
"""

from __future__ import annotations

import logging
import pickle
import queue
import socket
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from compendium.errors import UserError
from compendium.packages import differing
from compendium.registry import registered

if TYPE_CHECKING:
    from distributed import Client, Future

REACH = 5.0
"""Seconds in which a scheduler must answer."""
PATIENCE = 60.0
"""Seconds without any worker after which the run gives up: a lost worker is replaced sooner."""
POLL = 1.0
"""Seconds between looks at whether workers are left."""
ROUNDS = 3
"""Times that a block is sent again after the scheduler gave up on it (its `allowed-failures`)."""
SCHEMES = ("tcp", "tls")
LOGGERS = ("distributed", "distributed.client", "distributed.core", "distributed.comm")
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "distributed")
"""What the numbers come from: other versions could give other digits."""


def use_tls(scheduler: str | None, files: Mapping[str, Path | None]) -> None:
    """Have clients of this process speak TLS: a scheduler without it runs anybody's code.

    Parameters
    ----------
    scheduler
        Address of the scheduler.
    files
        `ca`, what the scheduler's certificate is checked against, and the client's own `cert` and
        `key`. All None leaves Dask's own configuration as it is.

    Raises
    ------
    UserError
        Some of the files are not named or not there, or the address has no TLS.
    """
    if not any(files.values()):
        return
    if scheduler is None or urlsplit(scheduler).scheme != "tls":
        raise UserError(
            "certificates are named, but no scheduler with TLS",
            "give its address as --scheduler tls://HOST:PORT",
            value=scheduler,
        )
    for name, path in files.items():
        if path is None or not path.is_file():
            raise UserError(f"no file for --tls-{name}", "name all three files", file=path)
    import dask

    dask.config.set(
        {
            "distributed.comm.require-encryption": True,
            "distributed.comm.tls.ca-file": str(files["ca"]),
            "distributed.comm.tls.client.cert": str(files["cert"]),
            "distributed.comm.tls.client.key": str(files["key"]),
        }
    )


def run_on_dask(
    function: Callable[[Any], Any],
    blocks: Sequence[Any],
    scheduler: str,
    tell: Callable[[int, int], None],
    patience: float | None = None,
) -> list[Any]:
    """Apply a function to blocks on the workers of a scheduler; results in order.

    Parameters
    ----------
    patience
        Seconds to wait for a worker when there is none.

    Raises
    ------
    UserError
        As `run_blocks`.
    """
    wait = PATIENCE if patience is None else patience
    with _connected(scheduler) as client:
        try:
            client.wait_for_workers(1, timeout=wait)
        except TimeoutError as error:
            raise _no_worker(scheduler, wait) from error
        work = _Work(client, scheduler, wait, function)
        try:
            return work.run(blocks, tell)
        finally:
            work.forget()


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    _knock(scheduler)
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    with _quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)
        try:
            client = Client(scheduler, timeout=REACH, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise _no_scheduler(scheduler) from error
        try:
            yield client
        finally:
            client.close(timeout=REACH)


def _knock(scheduler: str) -> None:
    """See that something listens at the address and speaks first, as a scheduler does.

    A client would wait for ever for one that accepts and says nothing.
    """
    try:
        place = urlsplit(scheduler)
        if place.scheme not in SCHEMES or place.hostname is None or place.port is None:
            raise _no_scheduler(scheduler)
        with socket.create_connection((place.hostname, place.port), timeout=REACH) as heard:
            if place.scheme == "tcp" and not heard.recv(1):
                raise _no_scheduler(scheduler)
    except (OSError, ValueError) as error:
        raise _no_scheduler(scheduler) from error


def _no_scheduler(scheduler: str) -> UserError:
    problem = f"no Dask scheduler answers at {scheduler}"
    return UserError(problem, "start one and give its address as tls://HOST:PORT (or tcp://)")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the client's log off the terminal: what matters is said by an error in one line."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _check_workers(client: Client, workers: Collection[str]) -> None:
    """See that workers have this very package; one that is lost meanwhile is let go."""
    here = fingerprint()()
    found = client.run(fingerprint(), workers=list(workers), on_error="return")
    for worker, there in found.items():
        if isinstance(there, OSError):
            continue
        if isinstance(there, Exception):
            odd: str | None = f"it can't run this code ({type(there).__name__})"
        else:
            odd = difference(here, there)
        if odd is not None:
            raise UserError(f"worker {worker}: {odd}", "install the same lock and code there")


def _no_worker(scheduler: str, patience: float) -> UserError:
    problem = f"the scheduler {scheduler} has had no worker for {patience:.0f} s"
    return UserError(problem, "start workers (dask worker ADDRESS) and run again")


def fingerprint() -> Callable[[], dict[str, str | None]]:
    """Return a function that says what code it runs on, and needs nothing of the package itself.

    It is made here so that it travels as code: a worker without the package could not find it.
    """
    packages = PACKAGES
    ours = tuple(filter(None, ("compendium", registered().package)))

    def found() -> dict[str, str | None]:
        import hashlib
        import importlib.metadata as metadata
        import importlib.util
        import platform
        from pathlib import Path

        versions: dict[str, str | None] = {"Python": platform.python_version().rpartition(".")[0]}
        for name in packages:
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                versions[name] = None
        for name in ours:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.origin is None:
                versions[name] = None
                continue
            folder, code = Path(spec.origin).parent, hashlib.sha256()
            for path in sorted(
                folder.rglob("*.py"), key=lambda path: path.relative_to(folder).parts
            ):
                code.update("/".join(path.relative_to(folder).parts).encode())
                code.update(path.read_bytes().replace(b"\r\n", b"\n"))
            versions[name] = f"code {code.hexdigest()[:12]}"
        return versions

    return found


def difference(here: dict[str, str | None], there: dict[str, str | None]) -> str | None:
    """The first thing that a worker lacks or has in another version, in words; None if none."""
    found = sorted(differing(here, there), key=lambda name: name in PACKAGES or name == "Python")
    if not found:
        return None
    name = found[0]
    if there.get(name) is None:
        return f"the package {name} is missing"
    return f"another version of {name}: {there[name]} there, {here[name]} here"


def _load(pickled: bytes) -> Callable[[Any], Any]:
    loaded: Callable[[Any], Any] = pickle.loads(pickled)
    return loaded


def _call(block: Any, function: Callable[[Any], Any]) -> Any:
    return function(block)


@dataclass
class _Work:
    """Blocks on their way.

    Attributes
    ----------
    ended
        Futures that are finished, failed or cancelled, put there by the client's thread.
    place
        Each future that is out, and the number of its block.
    checked, looked
        Workers that are known to have the same code, and when it was last asked.
    """

    client: Client
    scheduler: str
    patience: float
    function: Callable[[Any], Any]
    ended: queue.SimpleQueue[Future[Any]] = field(default_factory=queue.SimpleQueue)
    place: dict[Future[Any], int] = field(default_factory=dict)
    shared: Future[Any] | None = None
    checked: set[str] = field(default_factory=set)
    looked: float = 0.0

    def run(self, blocks: Sequence[Any], tell: Callable[[int, int], None]) -> list[Any]:
        """Send all blocks, send lost ones again, and gather."""
        import cloudpickle

        self._check_new()
        self.shared = self.client.submit(_load, cloudpickle.dumps(self.function), pure=False)
        results: dict[int, Any] = {}
        lost = dict.fromkeys(range(len(blocks)), 0)
        self._send(blocks, range(len(blocks)))
        while len(results) < len(blocks):
            future = self._next()
            number = self.place.pop(future)
            if self._killed(future):
                lost[number] += 1
                self._give_up(number, lost[number])
                self._send(blocks, [number])
                continue
            results[number] = self._result(future)
            tell(len(results), len(blocks))
            if time.monotonic() - self.looked > POLL:
                self._check_new()
        self._check_new()
        return [results[number] for number in range(len(blocks))]

    def _check_new(self) -> None:
        """Look at workers that have come since: their results are thrown away with an error."""
        self.looked = time.monotonic()
        if new := self._workers() - self.checked:
            _check_workers(self.client, new)
            self.checked |= new

    def forget(self) -> None:
        """Take back what is still out, so that the workers stop."""
        out = [*self.place, *([self.shared] if self.shared is not None else [])]
        if self.client.status == "running":
            self.client.cancel(out, force=True)
        self.place.clear()
        self.shared = None

    def _send(self, blocks: Sequence[Any], numbers: Sequence[int]) -> None:
        chosen = [blocks[number] for number in numbers]
        futures = self.client.map(_call, chosen, function=self.shared, pure=False)
        self.place.update(zip(futures, numbers, strict=True))
        for future in futures:
            future.add_done_callback(self.ended.put)

    def _next(self) -> Future[Any]:
        return self._await(lambda: self.ended.get(timeout=POLL), queue.Empty)

    def _await(self, look: Callable[[], Any], nothing: type[Exception]) -> Any:
        """Look until something is there, but not for ever without workers."""
        without: float | None = None
        while True:
            try:
                return look()
            except nothing:
                now = time.monotonic()
                without = None if self._workers() else without or now
                if without is not None and now - without > self.patience:
                    raise _no_worker(self.scheduler, self.patience) from None

    def _workers(self) -> set[str]:
        try:
            return set(self.client.nthreads())
        except (OSError, TimeoutError) as error:
            raise self._gone() from error

    def _gone(self) -> UserError:
        return UserError(f"the scheduler {self.scheduler} is gone", "start it and run again")

    def _killed(self, future: Future[Any]) -> bool:
        from distributed.scheduler import KilledWorker

        return future.status == "error" and isinstance(future.exception(), KilledWorker)

    def _result(self, future: Future[Any]) -> Any:
        if future.cancelled():
            raise self._gone()
        if (error := future.exception() if future.status == "error" else None) is not None:
            raise error
        return self._await(lambda: future.result(timeout=POLL), TimeoutError)

    def _give_up(self, number: int, times: int) -> None:
        if times >= ROUNDS:
            problem = f"block {number + 1} lost its worker again and again"
            raise UserError(problem, "give the workers more memory and time, or use smaller blocks")
