"""DALL-E tokens: text and picture drawn as one stream."""
