"""More rows than fit into memory: engines that look at a table part by part, here or on a cluster."""
