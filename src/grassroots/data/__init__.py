"""Codebooks, loaders and checks: the only room that reads data files."""
