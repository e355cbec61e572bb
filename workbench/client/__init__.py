"""The same nouns on a server elsewhere: ``wb.connect(url, token)``."""
