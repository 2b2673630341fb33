"""How the embedded models are trained and measured; the product imports nothing of it."""
