"""dbt Cloud's resources, one module each: its routes and its rules."""
