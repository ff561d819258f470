"""Simulated truth: what each claim's test finds where the answer is known (MIDA)."""

from grassroots.calibration.run import Calibrated, calibrate, counties_needed, power_curve
from grassroots.calibration.simulation import Setup, read_setup
from grassroots.calibration.tables import observed_rows, size_rows, survey_rows

__all__ = [
    "Calibrated",
    "Setup",
    "calibrate",
    "counties_needed",
    "observed_rows",
    "power_curve",
    "read_setup",
    "size_rows",
    "survey_rows",
]
