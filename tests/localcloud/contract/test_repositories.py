import pytest

from tests.localcloud.contract.client import ACCOUNT, OTHER_PROJECT, PROJECT

PATH = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/repositories/"
URL = "git://github.com/example/Some_Repo.git"
GITLAB = {"remote_url": URL, "git_clone_strategy": "deploy_token", "gitlab_project_id": 8}


@pytest.fixture
def repository(owner):
    return owner.post(PATH, {"remote_url": URL, "git_clone_strategy": "deploy_key", "state": 1})


def test_a_repository_shows_its_url_as_it_was_given(owner, repository):
    assert repository["remote_url"] == URL
    assert repository == owner.get(f"{PATH}{repository['id']}/")
    assert repository["project_id"] == PROJECT
    assert repository["full_name"] == "example/Some_Repo"
    elsewhere = f"/v3/accounts/{ACCOUNT}/projects/{OTHER_PROJECT}/repositories/"
    owner.get(f"{elsewhere}{repository['id']}/", status=404)


def test_a_deploy_key_is_made_with_a_public_key(repository):
    key = repository["deploy_key"]

    assert key["id"] == repository["deploy_key_id"]
    assert key["public_key"].startswith("ssh-ed25519 AAAA")


def test_a_gitlab_repository_made_by_a_service_token_has_no_credentials(owner):
    repository = owner.post(PATH, GITLAB)

    assert repository["repository_credentials_id"] is None
    assert repository["gitlab_project_id"] == 8


def test_an_update_keeps_what_it_leaves_out(owner):
    made = owner.post(PATH, GITLAB)
    template = "https://example.com/{{source}}"
    sent_back = {key: value for key, value in made.items() if key not in ("id", "project_id")}
    del sent_back["gitlab_project_id"]

    updated = owner.post(
        f"{PATH}{made['id']}/", {**sent_back, "pull_request_url_template": template}
    )

    assert updated["pull_request_url_template"] == template
    assert updated["gitlab_project_id"] == 8
    assert updated["deploy_key"] == made["deploy_key"]
    assert (updated["id"], updated["project_id"]) == (made["id"], PROJECT)


def test_a_deleted_repository_is_gone_and_detached(owner):
    project = owner.get(f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/")

    owner.delete(f"{PATH}{project['repository_id']}/", status=200)

    owner.get(f"{PATH}{project['repository_id']}/", status=404)
    assert owner.get(f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/")["repository_id"] is None
    owner.delete(f"{PATH}{project['repository_id']}/", status=404)
