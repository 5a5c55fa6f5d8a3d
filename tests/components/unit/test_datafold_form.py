"""The page that Pulumi Cloud shows with the stack."""

from pulumi_dbtcloud_datafold import datafold_form


def test_a_job_is_told_on_the_page_by_its_own_name_also_with_a_bar_in_it():
    jobs = {
        role: {"datafold_field": field, "name": f"{role} | nightly", "job_id": 5, "url": None}
        for role, field in (
            ("merge", datafold_form.ARTIFACTS_FIELD),
            ("pull_request", datafold_form.PULL_REQUESTS_FIELD),
        )
    }
    made = datafold_form.build("a", access_url="https://a.b", account_id=1, jobs=jobs, token=None)

    page = datafold_form.as_markdown({"a": made})

    # In a table a bar ends the cell, unless a backslash is before it.
    assert f"| {datafold_form.ARTIFACTS_FIELD} | merge \\| nightly (number 5) |" in page
