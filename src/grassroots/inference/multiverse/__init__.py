"""All defensible analyses of one test at once: fits, joint inference, what each choice decides."""

from grassroots.inference.multiverse.run import Multiverse, run_multiverse
from grassroots.inference.multiverse.universes import Model, Universe, expand

__all__ = ["Model", "Multiverse", "Universe", "expand", "run_multiverse"]
