"""Results are the same wherever blocks run, and what goes wrong is said in one line."""

import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from dask_cluster import SOURCE, Cluster

from compendium.errors import UserError
from compendium.inference.workers import run_blocks, time_left
from compendium.inference.workers_dask import difference, fingerprint, run_on_dask, use_tls
from grassroots.calibration import calibrate, read_setup

ROOT = Path(__file__).parents[2]
BLOCKS = [(20241115, number) for number in range(24)]


def least_squares(seconds: float = 0.0):
    """Make a function that travels as code, since workers do not have the tests."""

    def fit(block: tuple[int, int]) -> bytes:
        time.sleep(seconds)
        draws = np.random.default_rng(block).standard_normal((200, 4))
        return np.linalg.lstsq(draws[:, 1:], draws[:, 0])[0].tobytes()

    return fit


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


def test_two_processes_give_the_same_bytes_in_the_same_order() -> None:
    assert run_blocks(least_squares(), BLOCKS, jobs=2) == run_blocks(least_squares(), BLOCKS)


def test_a_worker_killed_in_the_middle_changes_no_byte(cluster: Cluster) -> None:
    first, second = cluster.worker(), cluster.worker()
    seen = []

    def tell(done: int, total: int) -> None:
        seen.append(done)
        if done == len(BLOCKS) // 4:
            first.kill()

    found = run_blocks(least_squares(0.1), BLOCKS, scheduler=cluster.address, progress=tell)
    assert found == run_blocks(least_squares(), BLOCKS)
    assert first.wait(timeout=5) != 0, "the worker had been killed"
    assert second.poll() is None
    assert seen == list(range(1, len(BLOCKS) + 1))
    second.kill()
    second.wait(timeout=5)


def test_a_run_without_any_worker_left_ends_with_one_line(cluster: Cluster) -> None:
    only = cluster.worker()

    def tell(done: int, total: int) -> None:
        only.kill()

    with pytest.raises(UserError, match="has had no worker for 2 s") as caught:
        run_on_dask(least_squares(0.1), BLOCKS, cluster.address, tell, patience=2.0)
    assert "\n" not in str(caught.value)


def test_a_worker_without_the_package_is_named(cluster: Cluster) -> None:
    bare = cluster.worker(source=None)
    with pytest.raises(UserError, match=r"worker tcp://.*: the package compendium is missing"):
        run_blocks(least_squares(), BLOCKS, scheduler=cluster.address)
    bare.kill()
    bare.wait(timeout=5)


def test_a_worker_with_other_code_is_named(cluster: Cluster, tmp_path: Path) -> None:
    for name in ("compendium", "grassroots"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_bytes((SOURCE / name / "__init__.py").read_bytes())
    old = cluster.worker(source=tmp_path)
    with pytest.raises(UserError, match="another version of compendium"):
        run_blocks(least_squares(), BLOCKS, scheduler=cluster.address)
    old.kill()
    old.wait(timeout=5)


def test_a_worker_with_other_code_that_comes_later_ends_the_run(
    cluster: Cluster, tmp_path: Path
) -> None:
    for name in ("compendium", "grassroots"):
        shutil.copytree(
            SOURCE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    with (tmp_path / "compendium" / "stats" / "fit.py").open("a", encoding="utf-8") as file:
        file.write("CHANGED = True\n")
    late = []

    def tell(done: int, total: int) -> None:
        if not late:
            late.append(cluster.worker(source=tmp_path))

    right = cluster.worker()
    with pytest.raises(UserError, match="another version of compendium"):
        run_blocks(least_squares(0.5), BLOCKS, scheduler=cluster.address, progress=tell)
    for worker in (right, *late):
        worker.kill()
        worker.wait(timeout=5)


def test_other_versions_of_libraries_are_told_apart() -> None:
    here = {"grassroots": "code 1", "numpy": "2.1.0"}
    assert difference(here, here) is None
    assert difference(here, {"grassroots": "code 1", "numpy": "2.0.0"}) == (
        "another version of numpy: 2.0.0 there, 2.1.0 here"
    )
    both = {"Python": "3.12", "numpy": "2.1.0", "compendium": "code 1"}
    assert difference(both, {}) == "the package compendium is missing"


def test_the_code_is_one_whatever_the_order_of_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    here, listed = fingerprint()(), Path.rglob
    monkeypatch.setattr(Path, "rglob", lambda *given: reversed(list(listed(*given))))
    assert fingerprint()() == here


def test_an_error_of_the_work_itself_comes_through(cluster: Cluster) -> None:
    def singular(block: int) -> float:
        return float(np.linalg.inv(np.zeros((block, block)))[0, 0])

    worker = cluster.worker()
    for where in ({"jobs": 1}, {"jobs": 2}, {"scheduler": cluster.address}):
        with pytest.raises(np.linalg.LinAlgError, match="Singular"):
            run_blocks(singular, [2, 3], **where)
    worker.kill()
    worker.wait(timeout=5)


@pytest.mark.parametrize(
    "address", ["nonsense", "http://127.0.0.1:80", "tcp://127.0.0.1:1", "tcp:"]
)
def test_an_unreachable_scheduler_is_said_at_once(address: str) -> None:
    begun = time.monotonic()
    with pytest.raises(UserError, match="no Dask scheduler answers at"):
        run_blocks(least_squares(), BLOCKS, scheduler=address)
    assert time.monotonic() - begun < 10


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A certificate that signs itself, so that it is its own authority."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl on this machine")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=dask")
    subprocess.run(
        [program, *made, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True
    )
    return {"ca": cert, "cert": cert, "key": key}


def test_a_scheduler_with_tls_is_used_by_those_who_hold_the_certificate(
    certificate: dict[str, Path], tmp_path: Path
) -> None:
    import dask

    told = ("--protocol", "tls", "--tls-ca-file", str(certificate["ca"]))
    told += ("--tls-cert", str(certificate["cert"]), "--tls-key", str(certificate["key"]))
    with Cluster(tmp_path, *told) as cluster:
        cluster.worker()
        assert cluster.address.startswith("tls://")
        with pytest.raises(UserError, match="no Dask scheduler answers at tls://"):
            run_blocks(least_squares(), BLOCKS, scheduler=cluster.address)
        with dask.config.set({}):
            use_tls(cluster.address, certificate)
            found = run_blocks(least_squares(), BLOCKS, scheduler=cluster.address)
        dask.config.refresh()
    assert found == run_blocks(least_squares(), BLOCKS)


def test_certificates_are_named_together_and_with_an_address_that_uses_them(
    certificate: dict[str, Path], tmp_path: Path
) -> None:
    for address in (None, "tcp://127.0.0.1:8786"):
        with pytest.raises(UserError, match=r"no scheduler with TLS; give its address as .*tls://"):
            use_tls(address, certificate)
    for files in ({**certificate, "key": None}, {**certificate, "key": tmp_path / "none.pem"}):
        with pytest.raises(UserError, match="no file for --tls-key; name all three"):
            use_tls("tls://127.0.0.1:8786", files)
    use_tls("tcp://127.0.0.1:8786", dict.fromkeys(certificate))


def test_something_that_listens_and_is_no_scheduler_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("compendium.inference.workers_dask.REACH", 0.5)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with pytest.raises(UserError, match="no Dask scheduler answers at"):
            run_blocks(
                least_squares(), BLOCKS, scheduler=f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
            )


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    def once(block: int, marker: Path) -> int:
        if block == 3 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGTERM)
        return block * block

    lost = functools.partial(once, marker=tmp_path / "killed")
    assert run_blocks(lost, range(6), jobs=2) == [block * block for block in range(6)]
    assert (tmp_path / "killed").exists()


def test_work_that_kills_every_process_is_given_up_with_one_line() -> None:
    def deadly(block: int) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(UserError, match="processes of this machine were lost 4 times"):
        run_blocks(deadly, range(4), jobs=2)


INTERRUPTED = """
import os, time
from grassroots.calibration import calibrate, read_setup
from compendium.inference.workers import run_blocks

def work(block):
    print(os.getpid(), flush=True)
    time.sleep(60)

run_blocks(work, range(4), jobs=2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to a process")
def test_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    script = tmp_path / "work.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        workers = [int(running.stdout.readline()) for _ in range(2)]
        running.send_signal(signal.SIGINT)
        running.wait(timeout=60)
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "a worker outlived the run"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_fewer_than_one_job_is_refused() -> None:
    with pytest.raises(UserError, match="at least one job"):
        run_blocks(least_squares(), BLOCKS, jobs=0)


def test_the_time_left_follows_the_pace_so_far() -> None:
    assert time_left(10.0, 2, 6) == 20.0
    assert time_left(10.0, 6, 6) == 0.0


def test_a_calibration_that_loses_a_worker_writes_the_same_bytes(cluster: Cluster) -> None:
    how = {"replications": 300, "seed": 20241115, "main": True}
    chosen = ["C4.survey_pressure", "C3.tier_other", "C3.rank_random_effects"]
    first, second = cluster.worker(), cluster.worker()

    def tell(done: int, total: int) -> None:
        if done == total // 2:
            first.kill()

    setup = read_setup(ROOT)
    far = calibrate(setup, tests=chosen, scheduler=cluster.address, progress=tell, **how)
    assert first.wait(timeout=5) != 0, "the worker had been killed"
    near = calibrate(setup, tests=chosen, **how)
    assert far.survey.to_csv() == near.survey.to_csv()
    assert far.observed.to_csv() == near.observed.to_csv()
    second.kill()
    second.wait(timeout=5)
