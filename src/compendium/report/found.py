"""What an estimate found, as every report writes it."""

from __future__ import annotations

from math import isfinite

from compendium.claims.ledger import Estimate
from compendium.claims.wording import AT_LEAST
from compendium.exhibits.numbers import NumberStyle, write_p
from compendium.text import Lang

SHOWN = NumberStyle(digits=3)


def value_words(estimate: Estimate, lang: Lang) -> str:
    """Write the value; a lower bound is said to be one."""
    value = SHOWN.write(estimate.value)
    return AT_LEAST[lang] + value if estimate.is_lower_bound else value


def interval_words(estimate: Estimate) -> str:
    """Write the interval in brackets; nothing where there is none."""
    if not (isfinite(estimate.ci_low) and isfinite(estimate.ci_high)):
        return ""
    return f"[{SHOWN.write(estimate.ci_low)}, {SHOWN.write(estimate.ci_high)}]"


def found_words(estimate: Estimate, lang: Lang) -> str:
    """Write value and interval."""
    return f"{value_words(estimate, lang)} {interval_words(estimate)}".strip()


def p_words(estimate: Estimate) -> str:
    """Write the p-value; nothing where there is none."""
    if not isfinite(estimate.p):
        return ""
    shown = write_p(estimate.p)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"
