"""A day of the dev stack, told as it happens: `make story`."""
