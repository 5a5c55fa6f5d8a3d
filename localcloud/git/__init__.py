"""Git events: pushes and pull requests that start jobs."""
