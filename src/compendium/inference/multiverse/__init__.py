"""All defensible analyses of one test at once: fits, joint inference, what each choice decides."""

from __future__ import annotations

from typing import Any

__all__ = ["Model", "Multiverse", "Universe", "expand", "run_multiverse"]

_HOME = {
    "Model": "universes",
    "Multiverse": "run",
    "Universe": "universes",
    "expand": "universes",
    "run_multiverse": "run",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: the words of choices are needed where nothing is fitted."""
    if name not in _HOME:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
