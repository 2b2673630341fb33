"""A picture as VQGAN codes: there and back, edited, drawn, measured."""
