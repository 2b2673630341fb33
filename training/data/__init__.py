"""The data that recipes and evaluation use: emoji artwork, names in many languages, photographs."""
