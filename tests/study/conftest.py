"""The shipped data as a copy that a test may damage."""

from data.conftest import project

__all__ = ["project"]
