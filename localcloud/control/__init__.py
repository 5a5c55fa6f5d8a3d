"""The control API of the local dbt Cloud: state, faults and the clock."""
