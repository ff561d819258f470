"""Seeded single defects of a project, and which check catches each."""
