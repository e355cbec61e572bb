"""What outlives a process: tables and their repositories. Storage only, no rules."""
