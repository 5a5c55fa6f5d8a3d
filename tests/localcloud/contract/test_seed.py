"""What a new data directory starts with, and the messages about a wrong seed file."""

import pytest
import yaml

from localcloud import testing
from localcloud.seeds import seed_file
from tests.localcloud.contract.client import JOB, OTHER_PROJECT, PROJECT, Client

ACCOUNT = yaml.safe_load(seed_file.DEV_SEED.read_text())["accounts"][0]
FIRST, SECOND = ACCOUNT["projects"]


def test_the_development_seed_has_two_projects_with_three_environments_each(owner):
    projects = owner.get(f"{owner.v3}/projects/")
    environments = owner.get(f"{owner.v3}/environments/")

    assert {item["id"]: item["name"] for item in projects} == {10: "Analytics", 20: "Marketing"}
    fields = ("id", "project_id", "name", "type", "deployment_type")
    assert [tuple(item[name] for name in fields) for item in environments] == [
        (10 * project + number, project, name, kind, deployment_type)
        for project in (10, 20)
        for number, (name, kind, deployment_type) in enumerate(
            [
                ("Production", "deployment", "production"),
                ("CI", "deployment", None),
                ("Development", "development", None),
            ],
            start=1,
        )
    ]


def test_a_seed_may_have_jobs_and_narrow_tokens(seeded):
    job = {key: value for key, value in JOB.items() if key not in ("id", "account_id")}
    token = {"name": "narrow", "value": "narrow", "permission_set": "member", "project_ids": [20]}
    tokens = [*ACCOUNT["service_tokens"], token]

    with seeded(projects=[{**FIRST, "jobs": [job]}, SECOND], service_tokens=tokens) as owner:
        narrow = Client(owner.cloud, "narrow")

        assert [job["name"] for job in owner.get(f"{owner.v2}/jobs/")] == ["Production"]
        assert [item["id"] for item in narrow.get(f"{narrow.v3}/projects/")] == [20]


def test_the_seed_is_applied_once(tmp_path):
    with testing.running(tmp_path) as cloud:
        owner = Client(cloud, testing.TOKEN)
        job = owner.job()
        owner.delete(f"{owner.v3}/projects/{OTHER_PROJECT}/")

    with testing.running(tmp_path) as cloud:
        owner = Client(cloud, testing.TOKEN)

        assert owner.get(f"{owner.v2}/jobs/{job['id']}/") == job
        assert [item["id"] for item in owner.get(f"{owner.v3}/projects/")] == [10]


def test_all_mistakes_of_a_seed_are_returned_at_once_by_their_names(tmp_path):
    file = tmp_path / "seed.yaml"
    file.write_text(
        """
accounts:
  - id: "1"
    name: Local
    plan: platinum
    features: [time-travel]
    service_tokens:
      - {name: root, value: secret-text, permission_set: god}
    projects:
      - name: Analytics
        enviroments: []
"""
    )

    with pytest.raises(seed_file.SeedError) as error:
        seed_file.load(file)

    lines = str(error.value).splitlines()
    assert lines[0] == f"{file}: 6 problems"
    assert [line.strip() for line in lines[1::3]] == [
        "accounts[Local].id",
        "accounts[Local].plan",
        "accounts[Local].features",
        "accounts[Local].service_tokens[root].permission_set",
        "accounts[Local].projects[Analytics].id",
        "accounts[Local].projects[Analytics].enviroments",
    ]
    assert "    fix:     remove this key, or correct its spelling" in lines
    assert "secret-text" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file or directory"),
        ("accounts: [", "not YAML"),
        ("", "Input should be a valid dictionary or instance of Seed"),
        ("accounts: []", "List should have at least 1 item after validation, not 0"),
    ],
)
def test_a_file_that_is_no_seed_is_refused(tmp_path, content, problem):
    file = tmp_path / "seed.yaml"
    if content is not None:
        file.write_text(content)

    with pytest.raises(seed_file.SeedError) as error:
        seed_file.load(file)

    assert f"problem: {problem}" in str(error.value)


def test_new_ids_go_on_behind_those_of_the_seed(seeded):
    with seeded(projects=[FIRST, {**SECOND, "id": 70_000_000_000_001}]) as owner:
        made = owner.post(f"{owner.v3}/projects/", {"name": "New"})

    assert made["id"] > 70_000_000_000_001


def test_a_seed_with_a_wrong_job_leaves_the_data_directory_new(tmp_path, seeded):
    wrong = {**FIRST, "jobs": [{"name": "x", "environment_id": 999}]}
    problem = "there is no environment 999"

    with pytest.raises(seed_file.SeedError, match=problem), seeded(projects=[wrong]):
        pass

    [data] = tmp_path.glob("seeded-*")
    with testing.running(data) as cloud:
        assert cloud.control.counts()["project"] == 2


def test_an_enterprise_account_with_groups_users_and_features_comes_from_the_seed_alone(seeded):
    permission = {"permission_set": "developer", "project_id": PROJECT}
    account = {
        "plan": "enterprise_2025",
        "features": ["advanced-ci"],
        "groups": [
            {"id": 31, "name": "Owners", "assign_by_default": True},
            {"id": 32, "name": "Analysts", "permissions": [permission]},
        ],
        "users": [
            {"id": 1, "email": "owner@example.com", "group_ids": [31, 32]},
            {"id": 2, "email": "analyst@example.com"},
        ],
    }
    with seeded(**account) as owner:

        def members():
            return {
                user["email"]: [group["id"] for group in user["permissions"][0]["groups"]]
                for user in owner.get(f"{owner.v3}/users/")
            }

        groups, before = owner.get(f"{owner.v3}/groups/"), members()
        owner.post(f"{owner.v3}/assign-groups/", {"user_id": 1, "desired_group_ids": []})
        owner.cloud.control.reset()
        after = members()
        features = owner.get(f"{owner.private}/features/")
        plan = owner.get(f"{owner.v2}/")["plan"]

    assert {group["id"]: group["name"] for group in groups} == {31: "Owners", 32: "Analysts"}
    assert groups[1]["group_permissions"][0].items() >= permission.items()
    assert before == after == {"owner@example.com": [31, 32], "analyst@example.com": []}
    assert (plan, features["advanced-ci"]) == ("enterprise_2025", True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"users": [{"id": 1, "email": "a@b", "group_ids": [9]}]}, "user 1 is in groups"),
        (
            {"groups": [{"id": 31, "name": "G", "permissions": [{"permission_set": "god"}]}]},
            "permission_set",
        ),
        ({"groups": [{"id": 31, "name": "G"}, {"id": 31, "name": "H"}]}, "given twice: 31"),
        ({"projects": [{"id": 10, "name": name} for name in "GH"]}, "given twice: 10"),
    ],
)
def test_a_seed_that_contradicts_itself_is_refused(seeded, changes, problem):
    with pytest.raises(seed_file.SeedError, match=problem), seeded(**changes):
        pass
