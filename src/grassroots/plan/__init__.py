"""The analysis plan, read from YAML into typed, validated objects."""

from grassroots.plan.multiverse import MultiversePlan
from grassroots.plan.predicates import Outcome, Predicate
from grassroots.plan.read import PLAN_FOLDER, load_multiverses, load_plan
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
    "MultiversePlan",
    "NotebookPlan",
    "Outcome",
    "ParameterPlan",
    "Plan",
    "Predicate",
    "Test",
    "load_multiverses",
    "load_plan",
]
