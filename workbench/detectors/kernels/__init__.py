"""Compiled loops under the detectors. Nothing here is imported before a detector needs it."""
