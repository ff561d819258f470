"""The analysis plan, read from YAML into typed, validated objects."""

from grassroots.plan.predicates import Outcome, Predicate
from grassroots.plan.read import PLAN_FOLDER, load_plan
from grassroots.plan.types import (
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
    "NotebookPlan",
    "Outcome",
    "ParameterPlan",
    "Plan",
    "Predicate",
    "Test",
    "load_plan",
]
