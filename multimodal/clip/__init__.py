"""Pictures and captions compared: scores, zero-shot classes, accuracy, where a match lies."""
