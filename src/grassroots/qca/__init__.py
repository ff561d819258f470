"""Qualitative comparative analysis: calibration, necessity, truth tables, minimisation."""
