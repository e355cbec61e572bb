"""Nouns and contracts that every other room builds on; imports nothing from them."""
