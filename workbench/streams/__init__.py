"""Live data: sources, the order of time, scoring as it comes, and the loop that watches."""
