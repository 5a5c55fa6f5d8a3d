"""The dbt Cloud account: its address, its API and its plan."""
