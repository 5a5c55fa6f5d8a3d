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
