"""The page: one file a tab, its texts in English and Arabic, and the public endpoints."""
