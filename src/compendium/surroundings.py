"""What a shell can set that would break or change what is made, put right at the start."""

from __future__ import annotations

import gc
import os

from compendium.errors import UserError

OWN = {
    "PYTHONNOUSERSITE": "1",  # packages of the user's own folder are not the environment's
    "MPLBACKEND": "agg",  # figures need no screen; in JupyterLab the kernel says what it needs
}
"""Settings of every process that a command starts, and of its own."""

CLOCK = "SOURCE_DATE_EPOCH"
"""The time that programs write into files in place of the present one."""
LATEST = 253_402_300_799
"""The last second of the year 9999: no format has dates beyond it."""
SELDOM = (50_000, 20, 20)
"""New objects after which Python looks for garbage, and how often it looks further: with its own
700 a figure or a document, all of it in use, is looked through again and again, an eighth of the
time."""


def collect_seldom() -> None:
    """Look for garbage seldom; what is not in a circle is freed at once all the same."""
    gc.set_threshold(*SELDOM)


def settle() -> None:
    """Put the settings of the process right.

    Raises
    ------
    UserError
        The clock for files is no time in seconds.
    """
    collect_seldom()
    os.environ.update(OWN)
    said = os.environ.get(CLOCK)
    if said is None:
        return
    if not said.strip():
        del os.environ[CLOCK]
        return
    try:
        fits = abs(int(said)) <= LATEST
    except ValueError:
        fits = False
    if not fits:
        raise UserError(
            f"the environment variable {CLOCK} is no time in seconds since 1970",
            f"set it to a whole number of seconds, or: unset {CLOCK}",
            value=said,
        )
