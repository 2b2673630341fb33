"""A CLIP of photographs and drawings with two image towers and a multilingual sentence encoder.

It is what the recipes in `training/clip/world/` train. No shipped weights use it yet, so no preset
and no `load_clip` knows it.
"""
