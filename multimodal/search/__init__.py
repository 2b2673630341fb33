"""Finding pictures by words, by pictures or by sums of both."""
