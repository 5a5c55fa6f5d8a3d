"""`adopt` recognises jobs as `init` does."""

import pytest
from pulumi_dbtcloud_datafold.cli.preview import Declared
from pulumi_dbtcloud_datafold.cli.purpose import of_same_purpose

from tests.components.cli.init.documents import ci, document, hourly, merge, nightly, steps

JOBS = [
    document(1, nightly("Nightly")),
    document(2, nightly("Part", steps("dbt build -s tag:x"))),
    document(3, nightly("Elsewhere"), 104),
    document(4, ci("CI"), 102),
    document(5, merge("Merge")),
    document(6, hourly("Compile")),
    document(7, nightly("Docs", steps("dbt docs generate"))),
]


def declared(types):
    urn = f"urn:pulumi:dev::stack::{types}dbtcloud:index/job:Job::a-job"
    return Declared("job", urn, "a", {"projectId": 10}, {}, protect=False)


@pytest.mark.parametrize(
    ("types", "numbers"),
    [
        ("dbtcloud-datafold:index:ProductionJob$", [1]),
        ("dbtcloud-datafold:index:DatafoldIntegration$dbtcloud-datafold:index:ProductionJob$", [1]),
        ("dbtcloud-datafold:index:PullRequestJob$", [4]),
        ("dbtcloud-datafold:index:MergeJob$", [5]),
        ("dbtcloud-datafold:index:ArtifactsJob$", [6]),
        ("other:index:Job$", []),
        ("", []),
    ],
)
def test_jobs_that_do_the_same_are_found_by_the_declared_component(types, numbers):
    found = of_same_purpose(declared(types), 101, JOBS)

    assert [job.number for job in found] == numbers
