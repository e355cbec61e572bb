"""From a table as people keep it to a matrix as detectors need it."""
