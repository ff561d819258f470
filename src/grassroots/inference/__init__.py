"""Resampling, multiplicity, sensitivity."""
