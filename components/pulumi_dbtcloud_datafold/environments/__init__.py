"""Deployment environments of dbt Cloud."""
