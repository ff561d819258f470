"""The analysis plan, read from YAML into typed, validated objects."""

from compendium.plan.multiverse import MultiversePlan
from compendium.plan.predicates import Outcome, Predicate
from compendium.plan.read import PLAN_FOLDER, load_multiverses, load_plan, load_renamed
from compendium.plan.types import (
    Claim,
    ColumnPlan,
    ExhibitPlan,
    NotebookPlan,
    ParameterPlan,
    Plan,
    Test,
)

__all__ = [
    "PLAN_FOLDER",
    "Claim",
    "ColumnPlan",
    "ExhibitPlan",
    "MultiversePlan",
    "NotebookPlan",
    "Outcome",
    "ParameterPlan",
    "Plan",
    "Predicate",
    "Test",
    "load_multiverses",
    "load_plan",
    "load_renamed",
]
