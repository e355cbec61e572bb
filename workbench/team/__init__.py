"""Who may do what: accounts, roles, tokens, sessions, and the audit of all of it. Rules only."""
