"""The stack program of this repository: configuration in, components and outputs out."""
