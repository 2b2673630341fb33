"""The recipe of the DALL-E token model."""
