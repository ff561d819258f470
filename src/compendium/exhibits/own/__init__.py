"""Figures that a study's authors draw on axes of their own."""
