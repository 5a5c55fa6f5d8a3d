import pytest

from tests.localcloud.contract.client import (
    ACCOUNT,
    CI,
    JOB,
    OTHER_PRODUCTION,
    OTHER_PROJECT,
    PRODUCTION,
    PROJECT,
    Client,
)

ELSEWHERE = {**JOB, "project_id": OTHER_PROJECT, "environment_id": OTHER_PRODUCTION}
MEMBER = {"permission_set": "member", "all_projects": True}
PATH = f"/v3/accounts/{ACCOUNT}/service-tokens/"


def member_of(project_id):
    return {"permission_set": "member", "all_projects": False, "project_id": project_id}


def test_a_token_is_made_in_two_steps_and_its_text_is_returned_once(owner, cloud, shared_cloud):
    made = owner.token(MEMBER, name="datafold")
    read = owner.get(f"{PATH}{made['id']}/")
    listed = owner.get(PATH)
    (permission,) = owner.get(f"{PATH}{made['id']}/permissions/")
    files = [path for path in cloud.store._path.parent.rglob("*") if path.is_file()]

    assert isinstance(made["id"], int)
    assert (made["name"], made["state"]) == ("datafold", 1)
    assert made["uid"]
    assert len(made["token_string"]) > 20
    assert "token_string" not in read
    assert made["token_string"] not in str([read, listed, cloud.control.resources()])
    assert {
        **{"account_id": ACCOUNT, "service_token_id": made["id"], "state": 1},
        **{"permission_set": "member", "all_projects": True, "project_id": None},
        "writable_environment_categories": [],
    }.items() <= permission.items()
    assert files
    for path in files:
        content = path.read_bytes()
        assert made["token_string"].encode() not in content
        assert b"local-dbt-cloud" not in content


def test_a_token_may_be_made_with_its_permissions_at_once(owner):
    grants = [{"permission_set": "member", "project_id": PROJECT}]

    made = owner.post(PATH, {"name": "t", "state": 1, "permission_grants": grants})

    (permission,) = owner.get(f"{PATH}{made['id']}/permissions/")
    assert (permission["project_id"], permission["all_projects"]) == (PROJECT, False)
    assert made["permission_grants"] == [
        {"permission_set": "member", "project_id": PROJECT, "writable_environment_categories": []}
    ]


def test_permissions_are_given_once_but_may_be_sent_again(owner):
    made = owner.token(MEMBER)
    path = f"{PATH}{made['id']}/permissions/"
    before = owner.get(path)

    owner.post(path, [MEMBER])
    problems = owner.post(path, [member_of(PROJECT)], status=400)

    assert problems == {
        "permissions": "permissions cannot be updated after assignment; make a new token"
    }
    assert owner.get(path) == before


def test_more_than_a_page_of_permissions_is_paged(owner):
    made = owner.token(*[member_of(PROJECT)] * 60, *[member_of(OTHER_PROJECT)] * 60)
    path = f"{PATH}{made['id']}/permissions/"

    first = owner.request("GET", path)
    second = owner.request("GET", f"{path}?offset=100")

    assert [len(page["data"]) for page in (first, second)] == [100, 20]
    assert second["extra"]["pagination"] == {"count": 20, "total_count": 120}
    assert len({item["id"] for page in (first, second) for item in page["data"]}) == 120


@pytest.mark.parametrize(
    ("permission", "key"),
    [({"permission_set": "member"}, "all_projects"), ({"all_projects": True}, "permission_set")],
)
def test_a_permission_that_lacks_a_key_is_refused(owner, permission, key):
    made = owner.post(PATH, {"name": "t", "state": 1})

    problems = owner.post(f"{PATH}{made['id']}/permissions/", [permission], status=400)

    assert problems == {key: "required key not provided"}


@pytest.mark.parametrize(
    ("permission", "field"),
    [
        ({"permission_set": "superuser", "all_projects": True}, "permission_set"),
        ({"permission_set": "member", "all_projects": False}, "project_id"),
        (member_of(999), "project_id"),
        (
            {"permission_set": "account_admin", "all_projects": False, "project_id": PROJECT},
            "project_id",
        ),
    ],
)
def test_an_impossible_permission_is_refused_by_its_place(owner, permission, field):
    made = owner.post(PATH, {"name": "t", "state": 1})

    problems = owner.post(f"{PATH}{made['id']}/permissions/", [MEMBER, permission], status=400)

    assert list(problems["permissions"]) == ["1"]
    assert list(problems["permissions"]["1"]) == [field]
    assert owner.get(f"{PATH}{made['id']}/permissions/") == []


def test_a_renamed_token_keeps_its_text_and_a_deleted_one_opens_nothing(owner, cloud):
    made = owner.token(MEMBER)

    owner.put(f"{PATH}{made['id']}/", {"name": "renamed"})
    assert owner.get(f"{PATH}{made['id']}/")["name"] == "renamed"
    with Client(cloud, made["token_string"]) as renamed:
        renamed.get("/v2/accounts/")
    owner.delete(f"{PATH}{made['id']}/")

    assert owner.get(f"{PATH}{made['id']}/")["state"] == 2
    assert made["id"] not in [token["id"] for token in owner.get(f"{PATH}?state=1")]
    with Client(cloud, made["token_string"]) as deleted:
        deleted.request("GET", "/v2/accounts/", status=401)


def test_a_member_token_does_all_but_tokens(owner):
    with owner.narrowed(MEMBER) as member:
        job = member.job()
        project = member.post(f"{member.v3}/projects/", {"name": "New"})

        assert member.get(f"{member.v2}/jobs/{job['id']}/")["name"] == "Production"
        assert project["id"] in [item["id"] for item in member.get(f"{member.v3}/projects/")]
        member.get(PATH, status=404)
        member.post(PATH, {"name": "t", "state": 1}, status=404)


def test_a_token_for_one_project_sees_only_that_one(owner):
    other = owner.job(project_id=OTHER_PROJECT, environment_id=OTHER_PRODUCTION)
    with owner.narrowed(member_of(PROJECT)) as narrow:
        own = narrow.job()

        assert [item["id"] for item in narrow.get(f"{narrow.v3}/projects/")] == [PROJECT]
        assert {item["project_id"] for item in narrow.get(f"{narrow.v3}/environments/")} == {
            PROJECT
        }
        assert [item["id"] for item in narrow.get(f"{narrow.v2}/jobs/")] == [own["id"]]
        narrow.get(f"{narrow.v2}/jobs/{other['id']}/", status=404)
        narrow.get(f"{narrow.v3}/projects/{OTHER_PROJECT}/", status=404)
        narrow.post(f"{narrow.v2}/jobs/{other['id']}/run/", status=404)
        narrow.post(f"{narrow.v2}/jobs/", ELSEWHERE, status=404)
        narrow.post(f"{narrow.v3}/projects/", {"name": "New"}, status=404)


def test_permissions_add_up(owner):
    with owner.narrowed(
        {"permission_set": "readonly", "all_projects": True}, member_of(PROJECT)
    ) as mixed:
        mixed.job()

        assert [item["id"] for item in mixed.get(f"{mixed.v3}/projects/")] == [
            PROJECT,
            OTHER_PROJECT,
        ]
        mixed.post(f"{mixed.v2}/jobs/", ELSEWHERE, status=404)


def test_a_token_without_permissions_sees_nothing_and_one_of_a_job_admin_changes_jobs_only(owner):
    with owner.narrowed() as powerless:
        powerless.get("/v2/accounts/", status=404)
        powerless.get(f"{powerless.v2}/jobs/", status=404)
    with owner.narrowed({"permission_set": "job_admin", "all_projects": True}) as admin:
        admin.run(admin.job()["id"])
        admin.post(f"{admin.v3}/projects/{PROJECT}/", {"name": "Renamed"}, status=404)


def test_a_read_only_token_reads_and_changes_nothing(owner):
    job = owner.job()
    with owner.narrowed({"permission_set": "readonly", "all_projects": True}) as reader:
        assert reader.get(f"{reader.v2}/jobs/{job['id']}/") == job
        reader.post(f"{reader.v2}/jobs/", JOB, status=404)
        reader.post(f"{reader.v2}/jobs/{job['id']}/", {**JOB, "state": 2}, status=404)
        reader.delete(f"{reader.v2}/jobs/{job['id']}/", status=404)
        reader.post(f"{reader.v2}/jobs/{job['id']}/run/", status=404)
    assert owner.get(f"{owner.v2}/jobs/{job['id']}/") == job


def test_writable_environment_categories_limit_jobs_and_runs(seeded):
    with seeded(plan="enterprise") as owner:
        in_ci, in_production = owner.job(environment_id=CI), owner.job(environment_id=PRODUCTION)
        wide = {"permission_set": "developer", "all_projects": True}
        developer = owner.narrowed({**wide, "writable_environment_categories": ["other"]})
        into_production = {**JOB, "environment_id": PRODUCTION}
        of_ci, of_production = (
            f"{developer.v2}/jobs/{job['id']}/" for job in (in_ci, in_production)
        )
        developer.run(in_ci["id"])
        developer.post(of_ci, {"name": "mine"})
        assert developer.get(of_production) == in_production
        for path in (of_production, f"{of_production}run/"):
            developer.post(path, {"name": "x"}, status=404)
        for path in (of_ci, f"{developer.v2}/jobs/"):
            developer.post(path, into_production, status=404)
        developer.delete(of_production, status=404)
