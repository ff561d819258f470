"""Power and responsibility of primary-level government in urban risk governance: the analysis."""

__version__ = "0.1.0"
