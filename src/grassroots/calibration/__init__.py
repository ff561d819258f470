"""Simulated truth: what each claim's test finds where the answer is known (MIDA)."""

from grassroots.calibration.run import Calibrated, calibrate, counties_needed, power_curve
from grassroots.calibration.simulation import Setup, read_setup

__all__ = ["Calibrated", "Setup", "calibrate", "counties_needed", "power_curve", "read_setup"]
