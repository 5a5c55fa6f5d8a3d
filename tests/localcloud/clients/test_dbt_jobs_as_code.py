"""dbt-jobs-as-code, dbt Labs' own command for jobs in a file."""

import json

import pytest
import yaml

from localcloud import testing
from tests.localcloud.contract.client import CI, PRODUCTION, PROJECT

COMMON = {
    "account_id": 1,
    "project_id": PROJECT,
    "environment_id": PRODUCTION,
    "settings": {"threads": 4, "target_name": "prod"},
    "execute_steps": ["dbt build"],
    "run_generate_sources": False,
    "generate_docs": False,
}
NO_TRIGGERS = {"github_webhook": False, "git_provider_webhook": False, "schedule": False}

JOBS = {
    "nightly": {
        **COMMON,
        "name": "Nightly",
        "description": "Every working day",
        "execution": {"timeout_seconds": 3600},
        "execute_steps": ["dbt seed", "dbt build"],
        "run_generate_sources": True,
        "generate_docs": True,
        "schedule": {"cron": "0 5 * * 1-5"},
        "triggers": {**NO_TRIGGERS, "schedule": True},
        "custom_environment_variables": [{"DBT_LEVEL": "high"}],
    },
    "pull-requests": {
        **COMMON,
        "name": "Pull requests",
        "environment_id": CI,
        "deferring_environment_id": PRODUCTION,
        "execute_steps": ["dbt build --select state:modified+"],
        "job_type": "ci",
        "triggers": {**NO_TRIGGERS, "github_webhook": True, "git_provider_webhook": True},
    },
    "merge": {
        **COMMON,
        "name": "Merge",
        "job_type": "merge",
        "self_deferring": True,
        "triggers": {**NO_TRIGGERS, "on_merge": True},
    },
}

NOTHING = {"job_changes": [], "env_var_overwrite_changes": []}


class JobsAsCode:
    """The command, with a file of jobs."""

    NAME = "dbt-jobs-as-code"

    def __init__(self, clients, cloud, file):
        self._clients, self._cloud, self.file = clients, cloud, file

    def write(self, jobs):
        self.file.write_text(yaml.safe_dump({"jobs": jobs}, sort_keys=False))

    def __call__(self, *arguments, fails=False):
        """Run the command; return what it prints, without its log."""
        ran = self._clients.call(
            self.NAME,
            *arguments,
            DBT_API_KEY=testing.TOKEN,
            DBT_BASE_URL=self._cloud.origin,
        )
        assert (ran.returncode != 0) is fails, ran.stdout + ran.stderr
        return ran.stderr if fails else ran.stdout

    def plan(self):
        """What would change: (action, identifier)."""
        planned = json.loads(self("plan", self.file, "--json"))
        return sorted(
            (change["action"], change["identifier"]) for kind in NOTHING for change in planned[kind]
        )


@pytest.fixture
def jobs_as_code(clients, cloud, tmp_path):
    return JobsAsCode(clients, cloud, tmp_path / "jobs.yml")


@pytest.fixture
def synced(jobs_as_code, owner):
    """The jobs of `JOBS`, brought into the account by the command."""
    path = f"{owner.v3}/projects/{PROJECT}/environment-variables/bulk/"
    owner.post(path, {"env_var": {"new_name": "DBT_LEVEL", "project": "low"}})
    jobs_as_code.write(JOBS)
    jobs_as_code("sync", jobs_as_code.file)
    return jobs_as_code


def jobs_of(owner):
    """The jobs of the account by name, without what the command adds to it."""
    jobs = owner.get(f"{owner.v2}/jobs/")
    return {job["name"].partition(" [[")[0]: job for job in jobs}


def test_what_is_synced_is_there_and_a_second_plan_is_empty(synced, owner):
    assert synced.plan() == []

    jobs = jobs_of(owner)
    assert {name: job["job_type"] for name, job in jobs.items()} == {
        "Nightly": "scheduled",
        "Pull requests": "ci",
        "Merge": "merge",
    }
    assert jobs["Nightly"]["name"] == "Nightly [[nightly]]"
    assert jobs["Nightly"]["schedule"]["cron"] == "0 5 * * 1-5"
    assert jobs["Merge"]["deferring_job_definition_id"] == jobs["Merge"]["id"]
    variables = owner.get(
        f"{owner.v3}/projects/{PROJECT}/environment-variables/job/"
        f"?job_definition_id={jobs['Nightly']['id']}"
    )
    assert variables["DBT_LEVEL"]["job"]["value"] == "high"


def test_what_changes_in_the_file_is_planned_and_nothing_else(synced, owner):
    nightly = {
        **JOBS["nightly"],
        "settings": {"threads": 8, "target_name": "prod"},
        "custom_environment_variables": [{"DBT_LEVEL": "higher"}],
    }
    hourly = {**JOBS["nightly"], "name": "Hourly", "schedule": {"cron": "0 * * * *"}}
    hourly["custom_environment_variables"] = []
    synced.write({"nightly": nightly, "merge": JOBS["merge"], "hourly": hourly})

    planned = synced.plan()
    synced("sync", synced.file)

    assert planned == [
        ("CREATE", "hourly"),
        ("DELETE", "pull-requests"),
        ("UPDATE", "nightly"),
        ("UPDATE", "nightly:DBT_LEVEL"),
    ]
    jobs = jobs_of(owner)
    assert set(jobs) == {"Nightly", "Merge", "Hourly"}
    assert jobs["Nightly"]["settings"]["threads"] == 8
    assert synced.plan() == []


def test_a_file_is_validated_against_the_account(jobs_as_code):
    jobs_as_code.write(JOBS)
    jobs_as_code("validate", jobs_as_code.file, "--online")
    wrong = {**JOBS["nightly"], "environment_id": 999}
    jobs_as_code.write({"nightly": wrong})

    output = jobs_as_code("validate", jobs_as_code.file, "--online", fails=True)

    assert "999" in output


def test_hand_made_jobs_are_imported_updated_linked_and_unlinked(jobs_as_code, owner):
    made = owner.job(name="By hand")

    imported = yaml.safe_load(jobs_as_code("import-jobs", "--account-id", 1, "--include-linked-id"))
    [job] = imported["jobs"].values()
    job["execute_steps"] = ["dbt test"]
    jobs_as_code.write({"mine": job})
    jobs_as_code("update-jobs", jobs_as_code.file)
    updated = owner.get(f"{owner.v2}/jobs/{made['id']}/")
    jobs_as_code("link", jobs_as_code.file)
    linked = jobs_of(owner)["By hand"]
    planned = jobs_as_code.plan()
    jobs_as_code("unlink", "--account-id", 1)
    unlinked = jobs_of(owner)["By hand"]

    assert job["linked_id"] == made["id"]
    assert updated["execute_steps"] == ["dbt test"]
    assert (linked["id"], linked["name"]) == (made["id"], "By hand [[mine]]")
    assert planned == []
    assert (unlinked["id"], unlinked["name"]) == (made["id"], "By hand")


def test_a_job_is_deactivated(synced, owner):
    synced("deactivate-jobs", "--account-id", 1, "--job-id", jobs_of(owner)["Nightly"]["id"])

    jobs = jobs_of(owner)
    assert jobs["Nightly"]["triggers"]["schedule"] is False
    assert jobs["Merge"]["triggers"]["on_merge"] is True


def test_a_job_has_the_fields_the_client_knows_and_no_other(jobs_as_code, owner):
    job = owner.job()

    # Fails on a field that is missing, and on one that the client's authors have not seen.
    jobs_as_code("import-jobs", "--account-id", 1, "-j", job["id"], "--check-missing-fields")


def test_jobs_of_several_pages_are_all_found(jobs_as_code, owner):
    names = {f"Job {number}" for number in range(101)}
    for name in names:
        owner.job(name=name)

    imported = yaml.safe_load(jobs_as_code("import-jobs", "--account-id", 1))

    assert {job["name"] for job in imported["jobs"].values()} == names
