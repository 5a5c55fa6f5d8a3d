"""Stack file, definition and defaults: what the stack declares, and where mistakes are reported."""

import pytest
from pulumi_dbtcloud_datafold.settings import layers

from infra.config import StackConfig
from tests.infra.unit.conftest import ANALYTICS

NUMBERS = {"project_id": 10, "environments": ANALYTICS["environments"]}


@pytest.fixture
def definition(tmp_path):
    """Write the file that `definition: datafold.yaml` names."""
    return (tmp_path / "datafold.yaml").write_text


def test_the_keys_are_those_of_the_configuration():
    assert {*layers.STACK_KEYS} - {"defaults", "definition"} == StackConfig.model_fields.keys()


def test_defaults_are_for_all_blocks_and_a_block_takes_precedence_key_by_key(load):
    loaded = load(
        {
            "defaults": {
                "production_job": {"num_threads": 8, "schedule": {"hours": [2]}},
                "merge_job": {"timeout_seconds": 600},
            },
            "projects": {
                "analytics": {**NUMBERS, "production_job": {"schedule": {"interval": 6}}},
                "marketing": {
                    "project_id": 20,
                    "environments": {"production": {"id": 201}, "pull_request": {"id": 202}},
                    "production_job": {"num_threads": None},
                    "artifacts_job": {},
                },
            },
        }
    )

    analytics, marketing = (loaded.stack.projects[name] for name in ("analytics", "marketing"))
    # The nearer of two ways to say it is the only one.
    assert (
        analytics.production_job.schedule.interval,
        analytics.production_job.schedule.hours,
    ) == (6, None)
    assert analytics.production_job.num_threads == 8
    assert analytics.merge_job.timeout_seconds == 600
    assert marketing.production_job.schedule.hours == [2]
    # Its default.
    assert marketing.production_job.num_threads == 4
    assert marketing.merge_job is None


def test_a_merge_job_that_is_off_does_not_replace_the_artifacts_job_of_the_defaults(load):
    block = {**NUMBERS, "merge_job": {"enabled": False}}

    loaded = load({"defaults": {"artifacts_job": {}}, "projects": {"analytics": block}})

    assert loaded.stack.projects["analytics"].artifacts_job is not None


def test_a_definition_is_shared_and_the_stack_file_takes_precedence(load, definition):
    definition("""
        x-nightly: &nightly {hours: [2]}
        defaults:
          production_job: {<<: &job {num_threads: 4, timeout_seconds: 60}, schedule: *nightly}
        service_token: {name: Datafold, all_projects: true}
        notifications: {webhook_url: https://example.com/hook}
        projects:
          analytics:
            merge_job: {<<: *job, num_threads: 16}
            environments: {production: {name: Production}, pull_request: {name: CI}}
          marketing: {merge_job: {}}
    """)

    loaded = load(
        {
            "definition": "datafold.yaml",
            "x-helper": {"anything": 1},
            "defaults": {"production_job": {"num_threads": 6}},
            "projects": {"analytics": NUMBERS, "marketing": None},
            "service_token": {"name": "Datafold dev"},
            "notifications": "",
        }
    )

    [analytics] = loaded.stack.projects.values()
    assert analytics.environments.production.model_dump(exclude_none=True) == {"id": 101}
    assert analytics.production_job.schedule.hours == [2]
    assert analytics.production_job.num_threads == 6
    assert analytics.merge_job.num_threads == 16
    assert loaded.stack.notifications is None
    token = loaded.stack.service_token
    assert (token.name, token.all_projects) == ("Datafold dev", True)


def test_null_makes_no_service_token_although_the_definition_has_one(load, definition):
    definition("service_token: {name: Datafold}")

    loaded = load(
        {"definition": "datafold.yaml", "projects": {"analytics": ANALYTICS}, "service_token": ""}
    )

    assert loaded.stack.service_token is None


def test_a_helper_may_stand_among_the_projects_and_a_project_may_be_called_like_one(load):
    projects = {"x-base": {"merge_job": {}}, "x-ray": ANALYTICS}

    assert load({"projects": projects}).stack.projects.keys() == {"x-ray"}


def test_a_mistake_is_reported_once_where_it_is_written(problems_of, definition):
    definition("""
        defaults: {production_job: {execute_steps: [dbt build, dbt biuld]}}
        service_token: {nme: Datafold}
        projects:
          analytics: {merge_job: {num_threads: many}}
          marketing: {merge_job: {}}
    """)
    marketing = {"environments": {"production": {"id": 201}, "pull_request": {"id": 202}}}

    found = problems_of(
        {
            "definition": "datafold.yaml",
            "projects": {"analytics": {**NUMBERS, "project_id": 0}, "marketing": marketing},
        }
    )

    assert found.keys() == {
        "datafold.yaml: defaults.production_job.execute_steps[1]",
        "datafold.yaml: service_token.nme",
        "datafold.yaml: projects.analytics.merge_job.num_threads",
        "projects.analytics.project_id",
        "projects.marketing.project_id",
    }


def test_a_key_that_is_missing_is_asked_for_in_the_block_not_in_the_defaults(problems_of):
    found = problems_of(
        {
            "defaults": {"environments": {"production": {"name": "Production"}}},
            "projects": {"analytics": {"project_id": 10, "merge_job": {}}},
        }
    )

    assert found.keys() == {"projects.analytics.environments.pull_request"}


@pytest.mark.parametrize(
    ("defaults", "path"),
    [
        ({"project_id": 10}, "defaults.project_id"),
        ({"environments": {"production": {"id": 1}}}, "defaults.environments.production.id"),
        ({"merge_job": {"adopt_job_id": 5}}, "defaults.merge_job.adopt_job_id"),
        (["a"], "defaults"),
    ],
)
def test_defaults_have_no_numbers(problems_of, defaults, path):
    found = problems_of({"defaults": defaults, "projects": {"analytics": ANALYTICS}})

    assert found.keys() == {path}


@pytest.mark.parametrize(
    ("text", "path", "problem"),
    [
        ("projects: {a", "datafold.yaml, line 1", "this is not YAML that can be read"),
        (
            "protect: true\nprotect: false",
            "datafold.yaml, line 2",
            "this key is there twice in its block",
        ),
        ("- projects", "datafold.yaml", "there is no block of keys in it"),
        ("projekts: {}", "datafold.yaml: projekts", "this key is not known"),
        ("definition: other.yaml", "datafold.yaml: definition", "this key is not known"),
        (
            "defaults: &a {merge_job: *a}",
            "datafold.yaml",
            "its anchors make it too large or too deep",
        ),
        (
            "x-a: &a [1,1,1,1,1,1,1,1,1,1]\nx-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            "x-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nx-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
            "x-e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]",
            "datafold.yaml",
            "its anchors make it too large or too deep",
        ),
    ],
)
def test_a_definition_that_cannot_be_used_is_named(problems_of, definition, text, path, problem):
    definition(text)

    found = problems_of({"definition": "datafold.yaml", "projects": {"analytics": ANALYTICS}})

    assert {key: words for key, (words, _) in found.items()} == {path: problem}


def test_a_definition_that_is_not_there_is_named_in_the_stack_file(problems_of):
    # What may be in it is not missed.
    found = problems_of({"definition": "datafld.yaml", "projects": {"analytics": {}}})

    [(path, (problem, _))] = found.items()
    assert path == "dbtcloud-datafold:definition"
    assert problem == "'datafld.yaml' cannot be read: No such file or directory"


def test_keys_may_have_the_namespace_of_a_stack_file(load, definition):
    definition("dbtcloud-datafold:protect: true")

    assert load({"definition": "datafold.yaml", "projects": {"analytics": ANALYTICS}}).protect
