"""What a new data directory starts with: the form of a seed file, and how it fills the state."""
