"""What `make` runs: the dev stack on a local dbt Cloud."""
