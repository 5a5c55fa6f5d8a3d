"""What to enter in Datafold, after `pulumi up`."""

import json

from tests.components.cli import command
from tests.infra.engine.deployment import ANALYTICS, MARKETING

# In the order of https://docs.datafold.com/classic/integrations/orchestrators/dbt-cloud
FIELDS = [
    *("Repository", "Data Connection", "Name", "Primary key tag", "API key", "Access URL"),
    *("Account name", "Job that creates dbt artifacts", "Job that builds pull requests"),
    *("Enable Datafold in CI/CD", "Import dbt tags and descriptions", "Slim Diff"),
    *("Diff Hightouch Models", "CI fails on primary key issues", "Pull Request Label"),
    *("CI Diff Threshold", "Files to ignore", "Custom base branch"),
]


def test_every_field_of_the_form_is_listed_in_its_order_and_the_secret_is_not(stack):
    stack.configure(projects={"analytics": ANALYTICS, "marketing": MARKETING})
    before = command.run(stack, "sheet", code=2)
    stack.up()

    text = command.run(stack, "sheet").stdout
    options = ("--stack", "dev", "--cwd", str(stack.folder))
    data = json.loads(command.run(stack, "sheet", "--json", *options).stdout)

    outputs, jobs = stack.outputs("--show-secrets"), stack.jobs()
    assert "Run `pulumi up` first" in before.stderr
    analytics, marketing = (data["projects"][name]["fields"] for name in ("analytics", "marketing"))
    assert [field["field"] for field in analytics] == FIELDS
    message = {field["field"]: field for field in marketing}
    assert message["Access URL"]["value"] == stack.cloud.origin
    artifacts = message["Job that creates dbt artifacts"]
    assert artifacts["value"] == "Datafold artifacts"
    assert artifacts["job_id"] == jobs["20 Datafold artifacts"]["id"]
    assert message["Job that builds pull requests"]["job_id"] == jobs["20 Pull requests"]["id"]
    assert {message[field]["known"] for field in ("Repository", "Pull Request Label")} == {"you"}
    merge = jobs["10 Merge"]["id"]
    assert f"Merge (number {merge}, {stack.cloud.origin}/deploy/1/projects/10/jobs/" in text
    in_order = text[text.index("dbt project 'analytics'") :]
    assert sorted(FIELDS, key=lambda field: in_order.index(f"    {field}")) == FIELDS
    assert "pulumi stack output service_token_string --show-secrets" in text
    assert "Datafold has no API for this step" in text
    assert "Only Datafold Classic has the dbt Cloud integration" in text
    secret = outputs["service_token_string"]
    assert secret not in text + json.dumps(data)


def test_of_an_adopted_token_it_says_that_the_secret_is_not_known(stack, account):
    by_hand = account.token("Datafold")
    stack.configure(projects={"analytics": ANALYTICS}, service_token={"adopt_token_id": by_hand})
    stack.up()

    text = command.run(stack, "sheet").stdout

    assert f"service token 'Datafold', number {by_hand}. The token was adopted" in text
    assert "pulumi stack output" not in text
