"""Outgoing webhooks of the local dbt Cloud."""
