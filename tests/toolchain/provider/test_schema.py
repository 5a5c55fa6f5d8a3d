"""The package schema, by which the engine writes programs for what was imported."""

import json


def schema(provider):
    answer, errors = provider.call("GetSchema", {"version": 0})
    assert errors is None
    return json.loads(answer["schema"])


def references(value):
    """Every `$ref` at any depth."""
    if isinstance(value, str | bool):
        return set()
    if isinstance(value, dict) and "$ref" in value:
        return {value["$ref"]}
    items = value.values() if isinstance(value, dict) else value
    return {found for item in items for found in references(item)}


def test_every_type_that_the_schema_refers_to_is_in_it(shared_provider):
    document = schema(shared_provider)

    assert references(document) == {f"#/types/{token}" for token in document["types"]}


def test_the_schema_says_what_a_job_needs(shared_provider):
    job = schema(shared_provider)["resources"]["dbtcloud:index/job:Job"]

    assert job["requiredInputs"] == ["environmentId", "executeSteps", "projectId", "triggers"]
    assert job["inputProperties"]["executeSteps"]["type"] == "array"
    assert job["inputProperties"]["executeSteps"]["items"] == {"type": "string"}
    assert "jobId" not in job["inputProperties"]
    assert job["properties"]["jobId"]["type"] == "integer"
    assert "id" not in job["properties"]


def test_the_schema_marks_secrets_and_says_what_the_provider_is(shared_provider):
    document = schema(shared_provider)
    token = document["resources"]["dbtcloud:index/serviceToken:ServiceToken"]

    assert token["properties"]["tokenString"]["secret"] is True
    assert document["config"]["variables"]["token"]["secret"] is True
    assert document["version"] == "1.11.11"
    assert "fake" in document["description"]
