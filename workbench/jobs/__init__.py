"""Long work of the server: a queue in the database, runners, and what comes again."""
