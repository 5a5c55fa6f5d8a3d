"""What is right in each block of the stack file and cannot be right in both of two."""

import pytest

from tests.infra.unit.conftest import ANALYTICS


def two(second, **changes):
    """Two blocks of which the second is another project's, but for what is given."""
    elsewhere = {"production": {"id": 201}, "pull_request": {"id": 202}}
    marketing = {**ANALYTICS, "project_id": 20, "environments": elsewhere, **second}
    return {"projects": {"analytics": {**ANALYTICS, **changes}, "marketing": marketing}}


def in_repository(**pipeline):
    return {"merge_job": {"trigger": "pipeline", "pipeline": {"repository": "data", **pipeline}}}


def test_a_previous_name_that_another_block_has_is_refused(problems_of):
    assert problems_of(two({"previous_names": ["sales", "analytics"]})) == {
        "projects.marketing.previous_names[1]": (
            "projects.analytics has this name, now or as a previous one, and its jobs can belong to one block only",
            "remove it here, or remove the other block if this one takes its place",
        )
    }


def test_two_blocks_with_the_same_previous_name_are_refused(problems_of):
    problems = problems_of(two({"previous_names": ["sales"]}, previous_names=["sales"]))

    assert problems.keys() == {"projects.marketing.previous_names[0]"}


@pytest.mark.parametrize("given", [{"id": 101}, {"name": "Production"}])
def test_jobs_of_one_name_in_one_environment_are_refused_across_blocks(problems_of, given):
    environments = {"production": given, "pull_request": {"id": 102}}
    same = {"project_id": 10, "environments": environments, "merge_job": {"name": "On merge"}}

    problems = problems_of(two(same, environments=environments))

    assert problems.keys() == {
        "projects.marketing.production_job",
        "projects.marketing.pull_request_job",
    }
    assert problems["projects.marketing.production_job"][0] == (
        "projects.analytics has a job of the same name in the same environment"
    )


def test_a_block_that_was_copied_is_one_problem(problems_of):
    problems = problems_of({"projects": {"analytics": ANALYTICS, "marketing": ANALYTICS}})

    [(path, (problem, _))] = problems.items()
    assert path == "projects.marketing.project_id"
    assert problem.startswith("projects.analytics has this project too, with these environments")


def test_an_environment_is_made_by_one_block_and_under_one_name(problems_of):
    created = {role: {"create": {"name": role}} for role in ("production", "pull_request")}
    again = {**created, "production": {"create": {"name": "pull_request", "custom_branch": "main"}}}

    twice = problems_of(
        two({"project_id": 10, "environments": created}, project_id=10, environments=created)
    )
    alike = problems_of(two({"environments": again}))

    assert twice == {
        f"projects.marketing.environments.{role}.create.name": (
            "projects.analytics makes an environment of the same name in the same project",
            "give it another name, or name the one that exists, by id or name",
        )
        for role in created
    }
    assert alike["projects.marketing.environments"] == (
        "both environments to make are called 'pull_request'",
        "give one of them another name",
    )


def test_pull_requests_are_not_built_where_another_block_has_production(problems_of):
    problems = problems_of(
        two({"environments": {"production": {"id": 201}, "pull_request": {"id": 101}}})
    )

    assert problems == {
        "projects.marketing.environments.pull_request": (
            "projects.analytics has its production jobs in this environment, so pull requests would be built into "
            "production",
            "choose another deployment environment, without deployment type production",
        )
    }


def test_jobs_of_one_name_in_two_projects_are_as_usual(load):
    by_name = {"production": {"name": "Production"}, "pull_request": {"name": "CI"}}

    assert len(load(two({"environments": by_name}, environments=by_name)).stack.projects) == 2


def test_blocks_with_one_production_environment_have_one_kind_of_artifacts(problems_of):
    names = {"production_job": {"name": "Nightly"}, "pull_request_job": {"name": "CI of it"}}
    hourly = {"merge_job": {"enabled": False}, "artifacts_job": {}}
    same = {key: ANALYTICS[key] for key in ("project_id", "environments")}

    problems = problems_of(two({**same, **names, **hourly}))

    assert problems["projects.marketing.artifacts_job"] == (
        "projects.analytics has a merge_job for the same production environment, but Datafold reads one job's "
        "artifacts",
        "write merge_job here too, or give this block an environment of its own",
    )


@pytest.mark.parametrize("setting", ["target_name", "dbt_version"])
def test_blocks_with_one_production_environment_agree_like_the_jobs_of_one_block(
    problems_of, load, setting
):
    names = {"production_job": "Nightly", "merge_job": "On merge", "pull_request_job": "CI"}
    same = {**ANALYTICS, **{key: {"name": name} for key, name in names.items()}}
    jobs = {key: {"name": names[key], setting: "latest"} for key in names}

    problems = problems_of(two({**same, **jobs}))

    problem, fix = problems["projects.marketing"]
    assert "share an environment with those of projects.analytics" in problem
    assert f"{setting} (latest, not " in problem
    assert f"the same {setting}" in fix
    assert load(two(same))


def test_two_pipelines_of_one_repository_need_places_of_their_own(problems_of, load):
    problems = problems_of(two(in_repository(), **in_repository()))

    assert problems == {
        f"projects.marketing.merge_job.pipeline.{key}": (
            f"projects.analytics puts its own into the same {key} of the same repository",
            f"set {key} here to another one",
        )
        for key in ("path", "secret_name")
    }
    places = {"path": ".github/workflows/marketing.yml", "secret_name": "DBT_MARKETING"}
    assert load(two(in_repository(**places), **in_repository()))
