"""What a notebook estimates with, in one place; each is described where it is defined."""

from __future__ import annotations

from compendium.measurement.aggregation import aggregation
from compendium.measurement.agreement import agreement, agreement_by_code
from compendium.measurement.careless import careless
from compendium.measurement.factor import cfa
from compendium.measurement.invariance import invariance
from compendium.measurement.items import item_statistics, scale_scores
from compendium.measurement.method_variance import marker_correction, single_factor
from compendium.measurement.reliability import reliability_by_scale
from compendium.results import fit, lines, read
from compendium.stats.arithmetic import arithmetic
from compendium.stats.binomial import beta_binomial
from compendium.stats.bounds import named_bounds, read_again, unseen_share_needed
from compendium.stats.design import design
from compendium.stats.dirichlet import dirichlet_multinomial
from compendium.stats.few_clusters import mean_cr2, ols_cr2, slope_over
from compendium.stats.grouped import shares_by
from compendium.stats.leave_one_out import extremes_by
from compendium.stats.marginal import average_marginal_effects, average_share
from compendium.stats.means import mean_difference
from compendium.stats.mediation import mediation, moderated_mediation, unmeasured_confounding
from compendium.stats.mediation_multilevel import mediation_211
from compendium.stats.meta_analysis import logit_shares, random_effects
from compendium.stats.proportions import binomial_interval, pooled_share
from compendium.stats.rank import kendall
from compendium.stats.response_surface import response_surface, surface_grid, surface_lines
from compendium.stats.survey_design import weighted_share
from compendium.stats.survey_regression import (
    absorbed_kinds,
    complete_and_imputed,
    design_of,
    mean_over,
    phase_system,
    regress,
    three_levels,
)
from compendium.stats.systems import equality_test, joint_test

__all__ = [
    "absorbed_kinds",
    "aggregation",
    "agreement",
    "agreement_by_code",
    "arithmetic",
    "average_marginal_effects",
    "average_share",
    "beta_binomial",
    "binomial_interval",
    "careless",
    "cfa",
    "complete_and_imputed",
    "design",
    "design_of",
    "dirichlet_multinomial",
    "equality_test",
    "extremes_by",
    "fit",
    "invariance",
    "item_statistics",
    "joint_test",
    "kendall",
    "lines",
    "logit_shares",
    "marker_correction",
    "mean_cr2",
    "mean_difference",
    "mean_over",
    "mediation",
    "mediation_211",
    "moderated_mediation",
    "named_bounds",
    "ols_cr2",
    "phase_system",
    "pooled_share",
    "random_effects",
    "read",
    "read_again",
    "regress",
    "reliability_by_scale",
    "response_surface",
    "scale_scores",
    "shares_by",
    "single_factor",
    "slope_over",
    "surface_grid",
    "surface_lines",
    "three_levels",
    "unmeasured_confounding",
    "unseen_share_needed",
    "weighted_share",
]
