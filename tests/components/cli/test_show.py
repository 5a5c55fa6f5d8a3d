"""What a stack declares after merging, and where each value is written."""

import json

from tests.components.cli import command
from tests.infra.engine.deployment import ANALYTICS

DEFINITION = """\
x-threads: &threads {num_threads: 8}
defaults: {production_job: *threads}
projects: {analytics: {merge_job: {num_threads: 16, target_name: prod}}}
"""


def test_each_value_is_shown_with_the_place_where_it_is_written(stack):
    block = {**ANALYTICS, "merge_job": {"target_name": None}}
    stack.configure(definition="datafold.yaml", projects={"analytics": block}, protect=False)
    (stack.folder / "datafold.yaml").write_text(DEFINITION)

    lines = command.run(stack, "show").stdout.splitlines()
    shown = json.loads(command.run(stack, "show", "--json").stdout)

    assert "protect: false  # Pulumi.dev.yaml" in lines
    assert "    project_id: 10  # Pulumi.dev.yaml" in lines
    assert "      num_threads: 16  # datafold.yaml" in lines
    assert "      num_threads: 8  # datafold.yaml: defaults.production_job.num_threads" in lines
    merged = shown["config"]["projects"]["analytics"]
    assert merged == {
        **ANALYTICS,
        "merge_job": {"num_threads": 16},
        "production_job": {"num_threads": 8},
    }
    assert shown["origins"]["projects.analytics.production_job.num_threads"] == {
        "file": "datafold.yaml",
        "key": "defaults.production_job.num_threads",
    }


ANCHORS = """
x-numbers: &numbers {project_id: 10}
config:
  x-common: &common
    merge_job: {}
  dbtcloud-datafold:x-places: &places {production: {id: 101}, pull_request: {id: 102}}
  dbtcloud-datafold:projects:
    analytics: {<<: [*numbers, *common], environments: *places}
"""


def test_anchors_of_a_stack_file_are_what_they_stand_for_and_helpers_declare_nothing(stack):
    path = stack.folder / "Pulumi.dev.yaml"
    path.write_text(path.read_text() + ANCHORS)

    shown = json.loads(command.run(stack, "show", "--json").stdout)
    stack.up()

    assert shown["config"] == {"projects": {"analytics": ANALYTICS}}
    assert {job["name"] for job in stack.job_list()} == {"Production", "Pull requests", "Merge"}


def test_a_definition_that_cannot_be_read_and_a_stack_without_our_keys_are_errors(stack):
    stack.configure()
    without = command.run(stack, "show", code=2).stderr
    stack.configure(definition="datafold.yaml", projects={"analytics": ANALYTICS})
    unreadable = command.run(stack, "show", code=2).stderr

    assert "Pulumi.dev.yaml has no key of dbtcloud-datafold" in without
    assert "'datafold.yaml' cannot be read: No such file or directory" in unreadable
