"""The tab that looks inside the VQGAN."""
