"""The tab of the live training."""
