"""How the embedded models were trained: one resumable command a model (see docs/models.md)."""
