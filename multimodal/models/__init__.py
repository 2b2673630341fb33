"""The nets, and adapters that put other checkpoints behind the same protocols."""
