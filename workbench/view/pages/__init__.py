"""Whole pages, composed of the components."""
