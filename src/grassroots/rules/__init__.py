"""Rules across columns, rows and tables; one small function each."""

from __future__ import annotations

from compendium.data.rules import Breach, CrossRule, Sheets, run_rules
from grassroots.rules import incidents, messages, official, surveys

RULES: tuple[CrossRule, ...] = (*incidents.RULES, *messages.RULES, *surveys.RULES, *official.RULES)

__all__ = ["RULES", "Breach", "CrossRule", "Sheets", "run_rules"]
