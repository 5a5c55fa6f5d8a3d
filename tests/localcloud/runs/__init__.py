"""Runs that are executed: with real dbt where dbt matters, with a stand-in where processes do."""
