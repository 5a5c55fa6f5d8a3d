"""The page that Pulumi Cloud shows with the stack."""

from pulumi_dbtcloud_datafold import sheet


def test_a_job_is_told_on_the_page_by_its_own_name_also_with_a_bar_in_it():
    jobs = {
        role: {"datafold_field": field, "name": f"{role} | nightly", "job_id": 5, "url": None}
        for role, field in (
            ("merge", sheet.ARTIFACTS_FIELD),
            ("pull_request", sheet.PULL_REQUESTS_FIELD),
        )
    }
    made = sheet.build("a", access_url="https://a.b", account_id=1, jobs=jobs, token=None)

    page = sheet.as_markdown({"a": made})

    # In a table a bar ends the cell, unless a backslash is before it.
    assert f"| {sheet.ARTIFACTS_FIELD} | merge \\| nightly (number 5) |" in page
