"""Real survey files: mapped to the questionnaire, checked, reported, and only then written."""

from compendium.survey.importing.draft import draft_mapping
from compendium.survey.importing.run import Imported, import_survey

__all__ = ["Imported", "draft_mapping", "import_survey"]
