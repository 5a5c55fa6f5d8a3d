"""After `init`, the real engine's preview imports every job, and `up` changes none of them."""

import json
from contextlib import ExitStack

import pytest
import yaml

from localcloud import testing
from tests.components.cli import command
from tests.components.cli.account import Account
from tests.components.cli.init.accounts import EXPRESSIBLE, INEXPRESSIBLE
from tests.infra.engine import deployment

ALWAYS = {
    "costOptimizationFeatures",
    "execution",
    "jobType",
    "timeoutSeconds",
    "validateExecuteSteps",
}
"""What the provider reports of every job that it reads by its number alone: the timeout under its other name, a
switch of the provider itself, and what it computes."""
BIG = 70_403_103_900_000
"""Numbers of newer accounts have 14 digits; here those of the later projects."""


def numbers(index):
    """Project, production, test and development environment."""
    project = 10 * (index + 1) if index < 20 else BIG + 10 * index
    return project, project + 1, project + 2, project + 3


def seed(projects):
    def environments(_, production, test, development):
        return [
            {"id": production, "name": "Production", "deployment_type": "production"},
            {"id": test, "name": "CI 🔍"},
            {"id": development, "name": "Dev", "type": "development"},
        ]

    token = {"name": "local", "value": testing.TOKEN, "permission_set": "owner"}
    account = {"id": 1, "name": "Full", "plan": "enterprise", "service_tokens": [token]}
    account["features"] = ["advanced-ci", "dbt_state"]
    account["projects"] = [
        {
            "id": numbers(index)[0],
            "name": project.name,
            "environments": [
                {"type": "deployment", **made} for made in environments(*numbers(index))
            ],
        }
        for index, project in enumerate(projects)
    ]
    return {"accounts": [account]}


def fill(cloud, index, project):
    """Make the project's jobs; return the numbers of those that the block is to have, by role."""
    account = Account(cloud)
    project_id, production, test, _ = numbers(index)

    def make(body, environment):
        body = {**body, "project_id": project_id, "environment_id": environment}
        defers = body.pop("defers", None)
        if defers == "environment" or (environment == test and project.defers):
            body["deferring_environment_id"] = production
        if condition := body.get("job_completion_trigger_condition"):
            first = make({"name": f"Before {body['name']}", "execute_steps": ["dbt seed"]}, test)
            condition["condition"] |= {"job_id": first, "project_id": project_id}
        if defers == "job":
            body["deferring_job_definition_id"] = make(
                {"name": f"For {body['name']}", "execute_steps": ["dbt test"]}, production
            )
        number = account.job(**body)
        if defers == "self":
            made = account.client.post(
                f"/v2/accounts/1/jobs/{number}/", {**body, "deferring_job_definition_id": number}
            )
            assert made["deferring_job_definition_id"] == number
        return number

    made = {
        "production_job": make(project.production, production),
        "pull_request_job": make(project.pull_request, test),
        "source": make(project.source, production),
    }
    for other in project.others:
        make(other, production)
    return made


def without_on_merge(cloud, number):
    """Take from a job what jobs do not have that are older than merge jobs."""
    with cloud.store.writing() as session:
        job = session.get("job", number)
        del job["triggers"]["on_merge"]
        session.put("job", job)


@pytest.fixture
def filled(tmp_path, pulumi_home):
    """Return a function that makes an account of such projects and a stack for it."""
    file = tmp_path / "seed.yaml"

    def make(projects):
        file.write_text(yaml.safe_dump(seed(projects), allow_unicode=True))
        cloud = running.enter_context(testing.running(tmp_path / "cloud", file))
        made = [fill(cloud, index, project) for index, project in enumerate(projects)]
        return deployment.make(tmp_path / "project", pulumi_home, cloud), made

    with ExitStack() as running:
        yield make


def jobs_on_server(stack):
    """The jobs, without what any write sets."""
    return {
        job["id"]: {
            **{key: value for key, value in job.items() if key != "updated_at"},
            "triggers": {"on_merge": False, **job["triggers"]},
            "deactivated": job.get("deactivated", False),
        }
        for job in stack.job_list()
    }


def steps(stack):
    return json.loads(stack.preview("--json").stdout)["steps"]


def imports(found):
    """The numbers that are imported, by the end of the resource's name."""
    return {
        step["urn"].rpartition("::")[2]: int(
            step["newState"].get("importID") or step["newState"]["id"]
        )
        for step in found
        if step["op"] == "import"
    }


def reasons(found):
    """Which properties of which job would change, apart from those that always do."""
    return {
        step["urn"].rpartition("::")[2]: changed
        for step in found
        if step["op"] == "update" and (changed := set(step["diffReasons"]) - ALWAYS)
    }


def test_all_that_the_stack_file_can_say_is_imported_and_nothing_changes(filled):
    stack, made = filled(EXPRESSIBLE)
    for jobs in made[:10]:
        without_on_merge(stack.cloud, jobs["pull_request_job"])
        without_on_merge(stack.cloud, jobs["production_job"])
    before = jobs_on_server(stack)

    ran = command.run(stack, "init")
    found = steps(stack)
    stack.up()

    assert "\n  changes  " not in ran.stdout
    assert len(made) * 3 >= 99
    assert sorted(imports(found).values()) == sorted(n for jobs in made for n in jobs.values())
    assert reasons(found) == {}
    created = {step["newState"]["type"] for step in found if step["op"] == "create"}
    assert not [kind for kind in created if kind.startswith("dbtcloud:index")]
    assert not [step["op"] for step in found if "replace" in step["op"] or "delete" in step["op"]]
    after = jobs_on_server(stack)
    assert after.keys() == before.keys()
    assert {n: job for n, job in after.items() if job != before[n]} == {}
    stack.assert_settled()


def test_an_import_by_file_leaves_nothing_to_update(filled):
    stack, made = filled(EXPRESSIBLE[::5])
    command.run(stack, "init")
    command.run(stack, "adopt")

    ran = stack.pulumi("import", "--yes", "--file", "import.json", "--generate-code=false")

    assert "failed to validate" not in ran.text
    specs = json.loads((stack.folder / "import.json").read_text())["resources"]
    imported = sorted(int(spec["id"]) for spec in specs if "id" in spec)
    assert imported == sorted(n for jobs in made for n in jobs.values())
    assert {step["op"] for step in steps(stack)} == {"same"}


def test_what_the_stack_file_cannot_hold_is_reported_before_the_preview_shows_it(filled):
    stack, made = filled(INEXPRESSIBLE)

    ran = command.run(stack, "init")
    found = steps(stack)

    message = [
        line.strip().removeprefix("changes  ")
        for line in ran.stdout.splitlines()
        if line.startswith("  changes")
    ]
    wanted = [
        change.format(production=numbers(index)[1])
        for index, project in enumerate(INEXPRESSIBLE)
        for change in project.changes
    ]
    assert message == wanted
    assert sorted(imports(found).values()) == sorted(n for jobs in made for n in jobs.values())
    assert reasons(found) == {
        name: changed for project in INEXPRESSIBLE for name, changed in project.reasons.items()
    }
