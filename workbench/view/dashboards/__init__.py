"""Dashboards for Voilà: each file lays one out; ``apps/voila`` has a notebook that names it."""
