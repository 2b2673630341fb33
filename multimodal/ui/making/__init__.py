"""The tabs that make pictures, and the one that compares them."""
