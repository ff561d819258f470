"""The survey: questionnaire, stand-in data, import of real files, and the one loader of both."""

from compendium.survey.instrument import TABLE, Instrument, load_instrument
from compendium.survey.load import KINDS, Survey, load_survey, survey_file, survey_state

__all__ = [
    "KINDS",
    "TABLE",
    "Instrument",
    "Survey",
    "load_instrument",
    "load_survey",
    "survey_file",
    "survey_state",
]
