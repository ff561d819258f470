"""Scales, reliability, agreement of coders."""
