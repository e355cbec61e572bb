"""Long work of the server: a queue in the database, and runners that work it off."""
