"""Recipes of the embedded CLIP, its guide and the independent CLIP."""
