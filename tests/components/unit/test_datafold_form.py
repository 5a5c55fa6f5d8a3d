"""The form, where the stack does not know everything."""

from pulumi_dbtcloud_datafold import datafold_form


def entries(**known):
    facts = {
        "access_url": None,
        "account_id": None,
        "artifacts_job": None,
        "pull_request_job": None,
        "token": None,
    }
    form = datafold_form.build("analytics", **{**facts, **known})
    return {field["field"]: field for field in form["fields"]}


def test_what_the_stack_does_not_have_is_for_the_person_to_know():
    fields = entries()

    for name in (
        "Access URL",
        "API key",
        "Job that creates dbt artifacts",
        "Job that builds pull requests",
    ):
        assert (fields[name]["known"], fields[name]["value"]) == ("you", None)


def test_a_job_has_its_number_and_page():
    job = datafold_form.JobFacts(
        name="Merge", job_id=1009, url="https://a.b/deploy/1/projects/10/jobs/1009"
    )

    field = entries(artifacts_job=job)["Job that creates dbt artifacts"]

    assert (field["value"], field["job_id"], field["url"]) == ("Merge", 1009, job["url"])
