"""The survey: questionnaire, stand-in data, import of real files, and the one loader of both."""
