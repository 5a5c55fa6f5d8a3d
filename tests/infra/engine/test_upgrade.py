"""A stack made by the first program keeps its numbers and its secret under the program of today."""

from tests.infra.engine.deployment import ANALYTICS, MARKETING

FIRST_PROGRAM = '''
"""What the first version declared, with its type tokens and names written out: they are in its users' states."""

import os

import pulumi
import pulumi_dbtcloud as dbtcloud

account = dbtcloud.Provider(
    "dbtcloud", account_id=1, host_url=os.environ["DBT_CLOUD_HOST_URL"], token="local-dbt-cloud"
)


def component(kind, name, **opts):
    opts = pulumi.ResourceOptions(**opts)
    return pulumi.ComponentResource(f"dbtcloud-datafold:index:{kind}", name, None, opts)


def job(project, project_id, environment_id, kind, role, name, **more):
    parent = component(kind, f"{project.pulumi_resource_name}-{role}", parent=project)
    ci = kind == "PullRequestJob"
    dbtcloud.Job(
        f"{project.pulumi_resource_name}-{role}-job",
        project_id=project_id,
        environment_id=environment_id,
        name=name,
        execute_steps=["dbt build"],
        triggers={
            "github_webhook": ci,
            "git_provider_webhook": ci,
            "schedule": False,
            "on_merge": kind == "MergeJob",
        },
        opts=pulumi.ResourceOptions(parent=parent),
        **more,
    )


analytics = component("DatafoldIntegration", "analytics", providers=[account])
job(analytics, 10, 101, "ProductionJob", "production", "Production")
job(analytics, 10, 102, "PullRequestJob", "pull-request", "Pull requests", deferring_environment_id=101)
job(analytics, 10, 101, "MergeJob", "merge", "Merge")
marketing = component("DatafoldIntegration", "marketing", providers=[account])
job(marketing, 20, 201, "ProductionJob", "production", "Production")
job(marketing, 20, 202, "PullRequestJob", "pull-request", "Pull requests", deferring_environment_id=201)
job(marketing, 20, 201, "ArtifactsJob", "artifacts", "Datafold artifacts")
dbtcloud.ServiceToken(
    "datafold-token",
    name="Datafold",
    service_token_permissions=[{"permission_set": "member", "all_projects": True}],
    opts=pulumi.ResourceOptions(
        parent=component("MemberServiceToken", "datafold", providers=[account])
    ),
)
'''


def test_a_stack_of_the_first_program_keeps_its_numbers_and_its_secret(stack):
    program = stack.folder / "infra" / "__main__.py"
    of_today = program.read_text()
    program.write_text(FIRST_PROGRAM)
    stack.up()
    jobs = {name: job["id"] for name, job in stack.jobs().items()}
    tokens = [token["id"] for token in stack.tokens()]

    program.write_text(of_today)
    stack.configure(projects={"analytics": ANALYTICS, "marketing": MARKETING}, protect=True)
    stack.up()

    assert len(jobs) == 6
    assert {name: job["id"] for name, job in stack.jobs().items()} == jobs
    assert [token["id"] for token in stack.tokens()] == tokens
    stack.assert_settled()
