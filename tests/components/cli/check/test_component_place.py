"""Whose resource it is, from the URNs of a state."""

import pytest
from pulumi_dbtcloud_datafold.cli.component_place import place

STACK = "urn:pulumi:dev::program::"
COMPONENT = "dbtcloud-datafold:index:"


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (f"{COMPONENT}DatafoldIntegration${COMPONENT}MergeJob::sales-merge", ("MergeJob", "sales")),
        (
            f"{COMPONENT}DatafoldIntegration${COMPONENT}ProductionJob::sales-merge-production",
            ("ProductionJob", "sales-merge"),
        ),
        (f"{COMPONENT}MergeJob::on-merge", ("MergeJob", "on-merge")),
        (f"my:team:Data${COMPONENT}MergeJob::orders", ("MergeJob", "orders")),
        (f"{COMPONENT}DeploymentEnvironment::sales-production", ("DeploymentEnvironment", "sales")),
        ("pulumi:pulumi:Stack::program-dev", ("", "alone")),
        ("my:team:Data::orders", ("", "alone")),
    ],
)
def test_component_and_project_are_read_from_the_parent(parent, expected):
    assert place(f"{STACK}{parent}", f"{STACK}dbtcloud:index/job:Job::alone") == expected
