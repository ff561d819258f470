"""How many threads linear algebra uses."""

from __future__ import annotations

import os

SINGLE_THREADED = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)
"""Linear algebra in one thread: a fork is safe, and no digit depends on the machine."""


def one_thread() -> None:
    """Ask for one thread before linear algebra is loaded; a user's own setting stays.

    Threads gain nothing on small matrices, and processes side by side would wait for each other's.
    """
    for name, number in SINGLE_THREADED.items():
        os.environ.setdefault(name, number)
