"""Libraries: galleries that live on disk, grow by what changed and hold a million pictures."""
