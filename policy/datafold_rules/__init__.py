"""Rules of the policy pack, one module for each thing they are about.

They look at dbt Cloud's own resources, so they also hold for stacks that do not use our components.
"""
