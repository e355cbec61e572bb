"""Choosing detectors: which one, and why."""
