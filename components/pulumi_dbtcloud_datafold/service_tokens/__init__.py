"""Service tokens of dbt Cloud."""
