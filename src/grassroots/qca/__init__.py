"""Qualitative comparative analysis: calibration, necessity, truth tables, minimisation."""

from grassroots.qca.calibration import Bell, Calibration, Crisp, Direct, Indirect, Linear, calibrate
from grassroots.qca.expression import Expression, Term, parse
from grassroots.qca.fit import (
    Necessity,
    Sufficiency,
    fit_necessity,
    fit_sufficiency,
    parameters_of_fit,
)
from grassroots.qca.minimise import (
    Model,
    Options,
    Solution,
    contradictory_assumptions,
    minimise,
)
from grassroots.qca.necessity import necessary_expressions, necessity_frame, single_conditions
from grassroots.qca.sets import Flag, Sets, read_sets
from grassroots.qca.truthtable import Cuts, Row, TruthTable, truth_table

__all__ = [
    "Bell",
    "Calibration",
    "Crisp",
    "Cuts",
    "Direct",
    "Expression",
    "Flag",
    "Indirect",
    "Linear",
    "Model",
    "Necessity",
    "Options",
    "Row",
    "Sets",
    "Solution",
    "Sufficiency",
    "Term",
    "TruthTable",
    "calibrate",
    "contradictory_assumptions",
    "fit_necessity",
    "fit_sufficiency",
    "minimise",
    "necessary_expressions",
    "necessity_frame",
    "parameters_of_fit",
    "parse",
    "read_sets",
    "single_conditions",
    "truth_table",
]
