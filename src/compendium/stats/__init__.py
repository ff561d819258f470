"""Estimators: arrays and frames in, tidy results out."""
