"""From records to pictures: one chart a file; nothing here computes a result."""
