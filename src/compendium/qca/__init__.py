"""Qualitative comparative analysis: calibration, necessity, truth tables, minimisation."""

from compendium.qca.calibration import Bell, Calibration, Crisp, Direct, Indirect, Linear, calibrate
from compendium.qca.expression import Expression, Term, parse
from compendium.qca.fit import (
    Necessity,
    Sufficiency,
    fit_necessity,
    fit_sufficiency,
    parameters_of_fit,
)
from compendium.qca.minimisation import Model, Options, Solution, minimise
from compendium.qca.necessity import necessary_expressions, single_conditions
from compendium.qca.robustness import Analysis, Range, robustness_ranges
from compendium.qca.sets import Flag, Sets, read_sets
from compendium.qca.standard import StandardAnalysis, contradictory_assumptions, standard_analysis
from compendium.qca.truthtable import Cuts, Row, TruthTable, truth_table
from compendium.qca.views import diversity, truth_table_view

__all__ = [
    "Analysis",
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
    "Range",
    "Row",
    "Sets",
    "Solution",
    "StandardAnalysis",
    "Sufficiency",
    "Term",
    "TruthTable",
    "calibrate",
    "contradictory_assumptions",
    "diversity",
    "fit_necessity",
    "fit_sufficiency",
    "minimise",
    "necessary_expressions",
    "parameters_of_fit",
    "parse",
    "read_sets",
    "robustness_ranges",
    "single_conditions",
    "standard_analysis",
    "truth_table",
    "truth_table_view",
]
