"""The engine of a research compendium: everything that readers see is made from one ledger."""

__version__ = "0.1.0"
