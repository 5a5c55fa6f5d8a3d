"""A day of the dev stack, step by step: `make story`."""
