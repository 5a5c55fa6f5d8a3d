"""A dbt Cloud on this machine: its administrative API over HTTP, with state in SQLite.

It listens on loopback only. What it answers, and how faithfully, is listed in `COVERAGE.md`.
Start it with `python -m localcloud start`, or from a test with `localcloud.testing.running`.
"""
