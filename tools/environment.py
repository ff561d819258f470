"""The project's virtual environment: is `.venv` finished and current, and if not, build it.

Standard library only. `uv` is used when it is on the PATH, else pip. Every package comes from
`requirements.lock` as a wheel whose hash is checked, so that no code of a package runs while it
is installed; the project itself is linked last, without the network. What the benchmarks
compare with comes from a second lock, on top and only when asked for.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "setup.json"
BENCHMARK_LOCK = "requirements-benchmark.lock"
BENCHMARK_STAMP = VENV / "benchmark.sha256"
LOCK_FILE = VENV / "setup.lock"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")

NEWEST_TRIED = (3, 13, 99)
PACKAGE_SOURCES = ("requirements.lock", "tools/environment.py")
PROJECT_SOURCES = ("pyproject.toml",)

REASONS = {
    "packages": "the lock file has changed",
    "root": "the folder was moved",
    "python": "another Python is asked for",
    "project": "pyproject.toml has changed",
}

# Settings of the caller that would send packages elsewhere or feed foreign modules to the build.
FOREIGN = (
    "PIP_NO_BINARY",
    "PIP_ONLY_BINARY",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_TARGET",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_EXCLUDE_NEWER",
    "UV_PREFIX",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_TARGET",
    "VIRTUAL_ENV",
)
BESIDE = ROOT / "wheels"
"""Packages that a deposit brought along; where they are, nothing is downloaded."""
WHEELS_ONLY = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r")
UNREACHABLE = re.compile(
    "error sending request|failed to fetch|dns error|network connectivity|were disabled"
    "|no matching distribution|connection broken|max retries|temporary failure in name",
    re.IGNORECASE,
)


class SetupError(Exception):
    """A set-up that cannot go on; its text is one line that says what is wrong and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build `.venv` if it needs it; 0 when it is ready, 2 with one line when it cannot be."""
    options = _parser().parse_args(arguments)
    try:
        prepare(options.this_python, options.installer)
        if options.benchmarks:
            add_benchmarks(options.installer)
    except SetupError as error:
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        _say("interrupted; the next call builds .venv afresh")
        return 130
    except OSError as error:
        _say(f"{error.filename or VENV}: {error.strerror or error}")
        return 2
    return 0


def prepare(this_python: bool, installer: str | None) -> None:
    """Bring `.venv` up to date; return at once when it already is."""
    if not _outdated(this_python):
        return
    _refuse_bad_place()
    with _only_one_at_a_time() as lock:
        outdated = _outdated(this_python)
        if not outdated:
            return
        started = time.monotonic()
        _say(f"building .venv: {outdated}")
        installers = _installers(installer)
        if outdated != REASONS["project"] or not _relinked(installers[0], lock):
            _build(installers, lock)
        _write_stamp()
        _say(f".venv is ready after {time.monotonic() - started:.0f} s")


def add_benchmarks(installer: str | None) -> None:
    """Install what the benchmarks compare with; without it they leave out the ratios to it."""
    wanted = _digest((BENCHMARK_LOCK,))
    if BENCHMARK_STAMP.exists() and BENCHMARK_STAMP.read_text(encoding="ascii") == wanted:
        return
    with _only_one_at_a_time() as lock:
        _say("installing the packages that the benchmarks compare with")
        command = _uv_pip() if _installers(installer)[0] == "uv" else [*_pip(), "--quiet"]
        try:
            _run([*command, *WHEELS_ONLY, BENCHMARK_LOCK], lock)
        except SetupError as error:
            _say(f"{error}; the benchmarks will leave out the ratios to these packages")
        else:
            BENCHMARK_STAMP.write_text(wanted, encoding="ascii")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build .venv when it is missing or stale.")
    parser.add_argument(
        "--this-python",
        action="store_true",
        help="rebuild a .venv that another Python version made",
    )
    parser.add_argument(
        "--benchmarks",
        action="store_true",
        help="add the packages that the benchmarks compare with",
    )
    parser.add_argument("--installer", choices=["uv", "pip"], help="default: uv if found, else pip")
    return parser


def _outdated(this_python: bool) -> str:
    """Why `.venv` must be built, or an empty string when it is finished and current."""
    if not VENV_PYTHON.exists():
        return "there is none yet"
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "an earlier set-up was not finished"
    version = _version_of(VENV_PYTHON)
    if not version:
        return "its Python no longer runs"
    wanted = _stamp(_identity(sys.version_info[:3]) if this_python else version)
    for key, reason in REASONS.items():
        if found.get(key) != wanted[key]:
            return reason
    if not set(found.get("installed", ())) <= set(_installed()):
        return "packages in it were changed by hand"
    return ""


def _stamp(python: str) -> dict[str, str]:
    return {
        "packages": _digest(PACKAGE_SOURCES),
        "project": _digest(PROJECT_SOURCES),
        "python": python,
        "root": str(ROOT),
    }


def _write_stamp() -> None:
    """Record a finished set-up, as the very last step and in one move."""
    draft = STAMP.with_suffix(".draft")
    stamp = {**_stamp(_version_of(VENV_PYTHON)), "installed": _installed()}
    draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    draft.replace(STAMP)


def _installed() -> list[str]:
    """Names and versions of the packages, by the folders that installers leave."""
    places = [VENV / "Lib"] if WINDOWS else sorted(VENV.glob("lib/python3*"))
    found = (path.stem for place in places for path in place.glob("site-packages/*.dist-info"))
    return sorted(name for name in found if not name.startswith("grassroots-"))


def _digest(names: Sequence[str]) -> str:
    hashed = hashlib.sha256()
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")  # text: a CRLF checkout is no change
        hashed.update(f"{name}\n{text}".encode())
    return hashed.hexdigest()


def _identity(version: Sequence[int]) -> str:
    number = ".".join(str(part) for part in version)
    return f"{sys.implementation.name} {number} {sys.platform} {platform.machine()}"


def _version_of(python: Path) -> str:
    """Identity of an interpreter, empty when it does not run."""
    code = "import sys; print(*sys.version_info[:3])"
    try:
        answer = subprocess.run(
            [python, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return _identity([int(part) for part in answer.stdout.split()])


def _refuse_bad_place() -> None:
    if VENV.exists() and not VENV.is_dir():
        raise SetupError(f"{VENV} is a file: move it away, the environment is built there")
    if os.pathsep in str(VENV):
        raise SetupError(f"the folder's path has a '{os.pathsep}', which venv refuses: rename it")
    VENV.mkdir(exist_ok=True)


@contextlib.contextmanager
def _only_one_at_a_time() -> Iterator[int]:
    """Hold the set-up's lock; the system frees it when the holder and its installer have ended."""
    with LOCK_FILE.open("a", encoding="utf-8") as handle:
        if not _try_lock(handle.fileno()):
            _say("another set-up of this folder is running: waiting for it")
            while not _try_lock(handle.fileno()):
                time.sleep(0.2)
        yield handle.fileno()


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # only Windows has it

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # all others have it

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _installers(asked: str | None) -> list[str]:
    """Installers to try, in order."""
    pip_works = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    found = [
        name
        for name, there in (("uv", shutil.which("uv") is not None), ("pip", pip_works))
        if there and asked in (None, name)
    ]
    if found:
        return found
    if asked == "uv":
        raise SetupError("uv is not on the PATH: install it or leave the choice open")
    release = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise SetupError(
        f"Python {release} ({sys.executable}) has no venv or ensurepip: install them"
        f" (Debian, Ubuntu: apt install python{release}-venv) or install uv"
    )


def _build(installers: Sequence[str], lock: int) -> None:
    """Build with the first installer that succeeds; the next one starts from nothing."""
    for installer in installers:
        _clear()
        try:
            _install_packages(installer, lock)
            _link_project(installer, lock)
        except SetupError as error:
            if installer == installers[-1]:
                raise
            _say(f"{error}; trying {installers[-1]}")
        else:
            return


def _relinked(installer: str, lock: int) -> bool:
    """Install the project again on top of the packages; False when these have no such installer."""
    STAMP.unlink()
    try:
        _link_project(installer, lock)
    except SetupError as error:
        _say(f"{error}; building afresh")
        return False
    return True


def _clear() -> None:
    """Empty `.venv`, its record of success first, but for the lock that this process holds."""
    STAMP.unlink(missing_ok=True)
    for path in VENV.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != LOCK_FILE:
            path.unlink()


def _install_packages(installer: str, lock: int) -> None:
    count = len(re.findall(r"^\S+==", (ROOT / "requirements.lock").read_text("utf-8"), re.M))
    _say(f"installing at most {count} packages with {installer}")
    if installer == "uv":
        create = ["uv", "venv", "--quiet", "--allow-existing", "--no-project", "--python"]
        _run([*create, sys.executable, VENV], lock)
        _run(
            [*_uv_pip(), "--compile-bytecode", *_source(), *WHEELS_ONLY, "requirements.lock"],
            lock,
            shown=True,
        )
        return
    _run([sys.executable, "-m", "venv", VENV], lock)
    command = [*_pip(), "--no-compile", *_source(), *WHEELS_ONLY, "requirements.lock"]
    _run(command, lock, counted=count)
    _compile_bytecode(_site_packages())


def _source() -> list[str]:
    """Arguments by which an installer takes the packages that lie beside the project, if any do."""
    return ["--no-index", "--find-links", str(BESIDE)] if any(BESIDE.glob("*.whl")) else []


def _compile_bytecode(folder: Path) -> None:
    """Compile on all cores; packages carry files that are not meant to compile: not a failure."""
    _say("compiling bytecode")
    command = [str(VENV_PYTHON), "-m", "compileall", "-qq", "-j", "0", str(folder)]
    subprocess.run(command, check=False, env=_environment(), stdout=subprocess.DEVNULL)


def _link_project(installer: str, lock: int) -> None:
    """Install the project in place, with the build tools of the lock and without the network."""
    offline = "--offline" if installer == "uv" else "--no-index"
    front = _uv_pip() if installer == "uv" else [*_pip(), "--quiet"]
    _run([*front, offline, "--no-deps", "--no-build-isolation", "-e", "."], lock)
    _make_link_relative(_site_packages())


def _make_link_relative(site_packages: Path) -> None:
    """Point the .pth at src by a relative path.

    Python before 3.13 reads .pth files in the locale's encoding, so that an absolute path with
    Chinese characters breaks the interpreter on Windows; the relative path is plain ASCII.
    """
    for link in site_packages.glob("*grassroots*.pth"):
        link.write_text(os.path.relpath(ROOT / "src", site_packages) + "\n", encoding="ascii")


def _site_packages() -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run(
        [VENV_PYTHON, "-X", "utf8", "-I", "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return Path(answer.stdout.strip())


def _uv_pip() -> list[str | Path]:
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    return ["uv", "pip", "install", *quiet, "--python", VENV_PYTHON]


def _pip() -> list[str | Path]:
    return [VENV_PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]


def _environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # 'user = true' in a pip configuration would install outside of .venv
    own = {"PIP_USER": "0", "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}
    return kept | own | {"UV_PYTHON_DOWNLOADS": "never"}


def _run(
    command: Sequence[str | Path], lock: int, *, shown: bool = False, counted: int = 0
) -> None:
    """Run an installer's command; it inherits the lock, so that an orphan of it still holds it."""
    terminal = sys.stderr.isatty()
    lines: list[str] = []
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=_environment(),
        stdout=None if shown and terminal else subprocess.PIPE,
        stderr=None if shown and terminal else subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=() if WINDOWS else (lock,),
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if counted and terminal:
                _count(line, lines, counted)
    if process.returncode:
        raise SetupError(_failure(str(command[0]), process.returncode, lines))


def _count(line: str, lines: Sequence[str], total: int) -> None:
    if line.startswith("Installing collected packages"):
        sys.stderr.write("\rset-up: downloaded; unpacking                        \n")
    elif line.startswith("Collecting "):
        done = sum(earlier.startswith("Collecting ") for earlier in lines)
        sys.stderr.write(f"\rset-up: {done} of at most {total}: {line.split()[1]:40.40}")


def _failure(program: str, code: int, lines: Sequence[str]) -> str:
    """One line on why an installer stopped; its own last words go before it."""
    sys.stderr.writelines(lines[-12:])
    name = "uv" if program == "uv" else "pip or venv"
    if UNREACHABLE.search("".join(lines)):
        return (
            f"no package source could be reached ({name}): check the network or the index setting"
        )
    return f"{name} stopped with exit code {code}: see the lines above"


def _say(text: str) -> None:
    sys.stderr.write(f"set-up: {text}\n")
    sys.stderr.flush()
