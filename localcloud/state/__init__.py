"""What the local dbt Cloud stores, and its seed."""
