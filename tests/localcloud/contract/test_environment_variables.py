import pytest

from tests.localcloud.contract.client import ACCOUNT, CI, PROJECT

PATH = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/environment-variables/"
ENVIRONMENTS = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/environments/"


def make(owner, name="DBT_X", **values):
    return owner.post(f"{PATH}bulk/", {"env_var": {"new_name": name, **values}})


def override(job, value, name="DBT_X"):
    """A job's own value of a variable."""
    return {"name": name, "type": "job", "job_definition_id": job["id"], "raw_value": value}


def variables(owner):
    return owner.get(f"{PATH}environment/")["variables"]


def test_a_variable_is_made_by_an_object_and_returned_by_scope(owner):
    made = make(owner, project="p", **{"CI": "c"})

    answer = owner.get(f"{PATH}environment/")

    again = owner.post(f"{PATH}bulk/", {"env_var": {"new_name": "DBT_X"}}, status=400)
    listed = owner.post(f"{PATH}bulk/", {"env_var": [{"new_name": "DBT_Y", "project": "p"}]})

    assert again == {"new_name": "the project has a variable DBT_X already"}
    assert [len(item["new_var_ids"]) for item in listed] == [1]
    assert isinstance(made["message"], str)
    assert answer["environments"] == ["project", "Production", "CI", "Development"]
    # Only scopes that have a value.
    assert answer["variables"] == {
        "DBT_X": {
            "project": {"id": made["new_var_ids"][0], "value": "p"},
            "CI": {"id": made["new_var_ids"][1], "value": "c"},
        }
    }


def test_values_are_changed_by_id_added_by_name_and_removed_by_emptiness(owner):
    made = make(owner, project="p", **{"CI": "c"})
    project_id, ci_id = made["new_var_ids"]

    answer = owner.put(
        f"{PATH}bulk/",
        {"env_vars": {"name": "DBT_X", str(project_id): "q", str(ci_id): "", "Production": "w"}},
    )

    assert answer["deleted_var_ids"] == [ci_id]
    assert len(answer["new_var_ids"]) == 1
    assert answer["failures"] == []
    assert variables(owner)["DBT_X"] == {
        "project": {"id": project_id, "value": "q"},
        "Production": {"id": answer["new_var_ids"][0], "value": "w"},
    }


def test_a_renamed_environment_keeps_its_values(owner):
    make(owner, **{"CI": "c"})

    owner.change(f"{ENVIRONMENTS}{CI}/", name="Review")

    assert [*variables(owner)["DBT_X"]] == ["Review"]


def test_a_deleted_environment_takes_its_values_along(owner):
    make(owner, project="p", **{"CI": "c"})
    make(owner, "DBT_CI_ONLY", **{"CI": "c"})

    owner.delete(f"{ENVIRONMENTS}{CI}/")

    assert {name: [*scopes] for name, scopes in variables(owner).items()} == {"DBT_X": ["project"]}


def test_secret_values_are_masked_in_every_answer(owner, cloud):
    name = "DBT_ENV_SECRET_TOKEN"
    make(owner, name, project="hidden-value")
    job = owner.job()
    made = owner.post(PATH, override(job, "hidden-2", name))

    answer = [
        variables(owner)[name]["project"]["value"],
        made["display_value"],
        owner.get(f"{PATH}job/?job_definition_id={job['id']}")[name]["job"]["value"],
    ]

    assert answer == ["********"] * 3
    assert "hidden" not in str(cloud.control.resources())


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"new_name": "X", "project": "p"}, "new_name"),
        ({"project": "p"}, "new_name"),
        ({"new_name": "DBT_X", "Nowhere": "p"}, "Nowhere"),
        ({"new_name": "DBT_X", "project": 5}, "project"),
    ],
)
def test_a_variable_that_breaks_a_rule_is_refused_and_not_made(owner, sent, field):
    problems = owner.post(f"{PATH}bulk/", {"env_var": sent}, status=400)

    assert set(problems) == {field}
    assert variables(owner) == {}


def test_a_job_shows_a_variables_values_by_level(owner):
    make(owner, project="p", **{"Production": "w", "CI": "c"})
    job = owner.job()
    made = owner.post(PATH, override(job, "j"))

    levels = owner.get(f"{PATH}job/?job_definition_id={job['id']}")["DBT_X"]
    assert made["display_value"] == "j"
    assert levels.pop("job") == {"id": made["id"], "value": "j"}
    values = {level: found["value"] for level, found in levels.items()}
    assert values == {"project": "p", "environment": "w"}


@pytest.mark.parametrize(
    ("method", "body", "left"),
    [
        ("PUT", {"env_vars": {"name": "DBT_X", "new_name": "DBT_Y"}}, {"DBT_Y": "own"}),
        ("PUT", {"env_vars": {"name": "DBT_X", "project": ""}}, {}),
        ("DELETE", {"name": "DBT_X"}, {}),
    ],
)
def test_a_jobs_own_value_goes_with_its_variable(owner, method, body, left):
    make(owner, project="p", **{"CI": "c"} if method == "DELETE" else {})
    job = owner.job()
    owner.post(PATH, override(job, "own"))

    owner.request(method, f"{PATH}bulk/", body)

    answer = owner.get(f"{PATH}job/?job_definition_id={job['id']}")
    assert {name: levels["job"]["value"] for name, levels in answer.items()} == left
    assert [*variables(owner)] == [*left]
    if method == "DELETE":
        owner.delete(f"{PATH}bulk/", body, status=404)


def test_a_job_overrides_only_variables_that_exist_and_once(owner):
    job = owner.job()
    body = override(job, "j")

    owner.post(PATH, body, status=400)
    make(owner, project="p")
    owner.post(PATH, body)
    owner.post(PATH, body, status=400)
    owner.post(PATH, {**body, "job_definition_id": 999}, status=400)
