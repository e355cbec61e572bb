"""Servers: today the local one behind ``workbench demo``."""
