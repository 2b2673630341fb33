"""Training and evaluation of the embedded models; the product imports nothing from here."""
