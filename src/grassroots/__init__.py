"""Power and responsibility of primary-level government in urban risk governance: the analysis."""
