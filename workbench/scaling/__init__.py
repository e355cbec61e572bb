"""More rows than memory holds: engines that look at a table in parts, here or on a cluster."""
