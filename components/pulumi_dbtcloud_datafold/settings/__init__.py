"""What a person writes, and what is reported when it is wrong."""
