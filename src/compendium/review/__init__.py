"""Comparison of a run with the committed reference results."""
