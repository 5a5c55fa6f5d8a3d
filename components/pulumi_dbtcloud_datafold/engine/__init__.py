"""What one run of the Pulumi program knows, and the checks that run before a resource is created."""
