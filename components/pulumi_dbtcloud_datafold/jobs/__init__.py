"""The dbt Cloud jobs that Datafold needs."""
