"""Runs that are executed: with real dbt where dbt matters, with a fake one where processes do."""
