"""How `pulumi up` and the local dbt Cloud end when something breaks: `python -m benchmarks.reliability --help`."""
