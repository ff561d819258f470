"""Numbers of a document, traced to what the ledger and the recorded exhibits say."""

import re
from collections import Counter
from collections.abc import Iterable

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SOFT_HYPHEN = "\u00ad"


def numbers_in(texts: str | Iterable[str]) -> Counter:
    """Every number of the texts, and how often it stands there."""
    whole = texts if isinstance(texts, str) else "\n".join(texts)
    return Counter(NUMBER.findall(whole.replace(SOFT_HYPHEN, "")))


def untraced(found: Counter, said: Counter) -> Counter:
    """Numbers that a document has more often than its sources say them."""
    return found - said


def digits_of(texts: str | Iterable[str]) -> Counter:
    """Digits of the texts: what is left to compare where lines break within numbers."""
    whole = texts if isinstance(texts, str) else "\n".join(texts)
    return Counter(c for c in whole if c.isdigit())
