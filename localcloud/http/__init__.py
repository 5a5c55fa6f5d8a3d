"""HTTP of the local dbt Cloud: requests, answers, errors and permissions."""
