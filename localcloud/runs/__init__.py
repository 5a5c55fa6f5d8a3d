"""Runs of jobs: their routes, their life, their artifacts, and what executes them."""
