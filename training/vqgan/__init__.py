"""The recipe of the VQGAN."""
