"""What VQGAN+CLIP is made of: starts, cutouts, guidance, and the painter that steps."""
