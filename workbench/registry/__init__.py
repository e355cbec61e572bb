"""What a team keeps on its server, with the rules of who may do what: data, results, models, views.

Faces of the server (REST, pages) call these functions with the identity of whoever asks; each
change is written to the audit within its transaction.
"""
