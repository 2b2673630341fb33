"""Training and evaluation data: emoji artwork, multilingual names, photographs.

Nothing here is needed to run the lab; recipes and `evaluate` use it.
"""
