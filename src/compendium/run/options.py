"""What the command line asks of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kernel = Literal["fork", "plain"]
KERNELS: tuple[Kernel, ...] = ("fork", "plain")


CELL_LIMIT = "cell_limit"
"""Parameter of the plan that is the run's own: seconds that one cell may take."""

DEFAULT_CELL_LIMIT = 3600
"""Seconds where the plan does not declare the parameter."""


@dataclass(frozen=True)
class RunOptions:
    """Options of one run.

    Attributes
    ----------
    notebooks
        Notebooks to run together with what they need; all when empty.
    lang
        Language of what the run says; what it writes is in each language.
    overrides
        Parameters as `name=value`, which go before those of the profile.
    kernel
        None for the fork server where fork exists.
    jobs
        Notebooks at a time; None for as many as there are processors, up to a limit.
    other_packages
        Go on with packages that are not the lock's, and mark what they make.
    """

    root: Path
    notebooks: tuple[str, ...] = ()
    profile: str = "default"
    overrides: tuple[str, ...] = ()
    lang: str = "en"
    kernel: Kernel | None = None
    jobs: int | None = None
    dry_run: bool = False
    explain: bool = False
    force: bool = False
    debug: bool = False
    other_packages: bool = False
