"""Stack files that are wrong or odd, and properties of what is accepted."""
