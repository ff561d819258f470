"""Rules across columns, rows and tables; one small function each."""

from __future__ import annotations

from grassroots.data.crossrules import incidents, official, surveys
from grassroots.data.crossrules.base import Breach, CrossRule, Sheets, run_rules

RULES: tuple[CrossRule, ...] = (*incidents.RULES, *surveys.RULES, *official.RULES)

__all__ = ["RULES", "Breach", "CrossRule", "Sheets", "run_rules"]
