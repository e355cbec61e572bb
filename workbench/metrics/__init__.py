"""How good a ranking is with labels, and what can be said without them."""
