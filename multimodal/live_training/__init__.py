"""A toy CLIP that learns a few emoji before the reader's eyes."""
