"""The tab that searches a gallery."""
