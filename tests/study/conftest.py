"""Fixtures of the engine's data tests that tests of the study's own rules use too."""

from data.conftest import project

__all__ = ["project"]
