"""Secrets are where they belong; test_planted_secrets.py looks for them everywhere else."""

from tests.infra.engine.deployment import ANALYTICS, ANALYTICS_PROJECT


def test_the_token_that_is_made_works_with_its_permissions(stack):
    stack.configure(
        projects={"analytics": ANALYTICS},
        service_token={"name": "Datafold", "project_ids": [ANALYTICS_PROJECT]},
    )
    stack.up()

    secret = stack.outputs("--show-secrets")["service_token_string"]

    assert stack.cloud_get("/v3/accounts/1/projects/10/", secret).status_code == 200
    assert stack.cloud_get("/v3/accounts/1/projects/20/", secret).status_code == 404


def test_a_secret_where_none_is_kept_secret_is_refused(stack):
    stack.configure(projects={"analytics": ANALYTICS}, notifications={"user_id": 1})
    path = "dbtcloud-datafold:notifications.webhook_url"
    stack.pulumi("config", "set", "--secret", "--path", path, "https://hooks.example/made-up")

    refused = stack.preview(fails=True)

    message = "dbtcloud-datafold:notifications problem: there is a secret in it, which the state"
    assert message in refused.one_line
    assert "address goes to dbtcloud-datafold:secret_webhook_url" in refused.one_line
    assert "made-up" not in refused.text


def test_a_key_of_ours_beside_the_configuration_is_not_passed_over(stack):
    # Of what stood there nothing would be true: the token would be one for all projects.
    stack.configure(projects={"analytics": ANALYTICS})
    with (stack.folder / "Pulumi.dev.yaml").open("a") as file:
        file.write("dbtcloud-datafold:service_token: {project_ids: [10]}\n")

    refused = stack.preview(fails=True)

    assert (
        "dbtcloud-datafold:service_token problem: this key stands beside config:"
        in refused.one_line
    )


def test_the_provider_token_is_in_no_file_when_it_comes_from_the_environment(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})

    paths = [*stack.folder.glob("state/**/*"), *stack.folder.glob("*.yaml")]
    files = [path for path in paths if path.is_file()]

    assert any("stacks" in path.parts for path in files)
    assert [path for path in files if b"local-dbt-cloud" in path.read_bytes()] == []
