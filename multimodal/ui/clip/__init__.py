"""The tab that matches pictures and words."""
