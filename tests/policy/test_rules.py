"""Each rule of the policy pack refuses a bad stack and lets the good one pass.

A preview takes seconds, so many cases share one: each has a project and environments of its own.
"""

import pytest

BAD = """
token("account admin", "account_admin")
token("owner", "owner")
token("job admin", "job_admin", project_id=10, all_projects=False)

job("defers to its own", 11, 111, on="pull request", deferring_environment_id=111)

job("where merges go", 12, 121, on="pull request")
job("merge of 12", 12, 121, on="merge")

production = environment("production of 13", 13, deployment_type="production")
job("in declared production", 13, production, on="pull request", deferring_environment_id=5)

job("endless", 14, 141, seconds=0)
job("endless merge", 15, 151, on="merge", seconds=0)
job("endless pull request", 15, 152, on="pull request", seconds=0, deferring_environment_id=151)

job("compared elsewhere", 16, 162, on="pull request", deferring_environment_id=161)
job("merge elsewhere", 16, 163, on="merge")

job("merge in test", 17, environment("test of 17", 17), on="merge")

release = environment(
    "production of 18", 18, deployment_type="production", use_custom_branch=True, custom_branch="release"
)
job("merge into release", 18, release, on="merge")

job("without a source", 20, 202, on="pull request", deferring_environment_id=201)
job("nightly of 20", 20, 201)

job("merge of 21", 21, 211, on="merge")
job("second compiles", 21, 211, steps=["dbt compile"])
job("merge of 22", 22, 221, on="merge")
job("second parses", 22, 221, steps=["dbt --quiet parse --no-partial-parse"])
job("merge of 23", 23, 231, on="merge")
datafold.ArtifactsJob(
    "second", {"project_id": 23, "environment_id": 231, "name": "second component", "execute_steps": ["dbt run"]}
)
"""

GOOD = """
token("member", "member", project_id=10, all_projects=False)
token("developer", "developer", all_projects=True)
token("job runner", "job_runner", project_id=10, all_projects=False)
datafold.PipelineToken("pipeline", {"project_id": 10, "permission_set": "job_admin"})

production = environment(
    "production", 11, deployment_type="production", use_custom_branch=True, custom_branch="main"
)
job("new pull request", 11, environment("ci", 11), on="pull request", deferring_environment_id=production)
job("new merge", 11, production, on="merge")

job("pull request", 12, 122, on="pull request", deferring_environment_id=121)
job("artifacts", 12, 121, steps=["dbt ls"])
job("nightly", 12, 121, seconds=86_400)

datafold.DatafoldIntegration(
    "analytics",
    {"project_id": 10, "production_environment_id": 101, "pull_request_environment_id": 102, "merge_job": {}},
)
datafold.DatafoldIntegration(
    "marketing",
    {"project_id": 20, "production_environment_id": 201, "pull_request_environment_id": 202, "artifacts_job": {}},
)
datafold.MemberServiceToken("datafold", {"project_ids": [10, 20]})
"""


@pytest.fixture(scope="module")
def bad(stack):
    return stack.judge(BAD, stops=True)


@pytest.fixture(scope="module")
def good(stack):
    return stack.judge(GOOD, stops=False)


REASONS = {
    "service-token-is-narrow": {
        name: f"this token has the permission set {name.replace(' ', '_')}. Give it one of member, developer,"
        for name in ("account admin", "owner", "job admin")
    },
    "pull-request-job-outside-production": {
        "defers to its own": "'defers to its own' defers to it",
        "where merges go": "the merge job 'merge of 12' runs there",
        "in declared production": "'production of 13' has deployment type production",
    },
    "job-has-timeout": {
        name: "this job has no timeout"
        for name in ("endless", "endless merge", "endless pull request")
    },
    "merge-job-on-production-branch": {
        "merge elsewhere": "runs in environment 163, but the project's pull-request jobs defer to 161",
        "merge in test": "runs in 'test of 17', which has no deployment type production",
        "merge into release": "on merges into 'release', the branch of 'production of 18'",
    },
    "one-artifacts-source": {
        "second compiles": "2 jobs that create dbt artifacts ('merge of 21', 'second compiles')",
        "second parses": "2 jobs that create dbt artifacts ('merge of 22', 'second parses')",
        "second-job": "2 jobs that create dbt artifacts ('merge of 23', 'second component')",
        "policed-dev": "project 20 has a pull-request job, but no merge job and no artifacts job",
    },
}


@pytest.mark.parametrize("rule", REASONS)
def test_a_rule_refuses_what_is_bad_and_says_why(bad, rule):
    for resource, reason in REASONS[rule].items():
        assert reason in bad.rules_of(resource)[rule]


def test_a_token_for_all_projects_is_mentioned_and_one_for_listed_projects_is_not(good):
    [violation] = good.violations

    assert (violation.level, violation.rule) == ("advisory", "service-token-lists-projects")
    assert violation.resource == "developer"


def test_nothing_but_the_bad_is_refused(bad):
    innocent = ["compared elsewhere", "merge of 12", "nightly of 20", "merge of 21", "merge of 22"]

    assert [name for name in innocent if bad.rules_of(name)] == []
    assert {violation.level for violation in bad.violations} == {"mandatory", "advisory"}


def test_a_stack_that_keeps_the_rules_passes_whether_it_uses_the_components_or_not(good):
    assert "dbtcloud-datafold@v0.1.0" in good.text
    assert [violation for violation in good.violations if violation.level == "mandatory"] == []


def test_settings_make_rules_stricter(stack):
    judged = stack.judge(
        GOOD,
        stops=True,
        settings={
            "service-token-is-narrow": {"allowed": ["member"]},
            "pull-request-job-outside-production": {"productionEnvironmentIds": [122]},
            "job-has-timeout": {"maximumSeconds": 3600},
            "merge-job-on-production-branch": {"branches": ["trunk"]},
            "service-token-lists-projects": "mandatory",
        },
    )

    assert "Give it one of member;" in judged.rules_of("developer")["service-token-is-narrow"]
    assert judged.rules_of("member") == {}
    in_production = judged.rules_of("pull request")["pull-request-job-outside-production"]
    assert "productionEnvironmentIds of this rule lists it" in in_production
    assert "may run for 86400 seconds" in judged.rules_of("nightly")["job-has-timeout"]
    assert (
        "Set that environment to trunk"
        in (judged.rules_of("new merge")["merge-job-on-production-branch"])
    )
    assert {violation.level for violation in judged.violations} == {"mandatory"}


def test_settings_turn_rules_into_advice_or_off(stack):
    judged = stack.judge(
        BAD,
        stops=False,
        settings={
            "all": "advisory",
            "job-has-timeout": "disabled",
            "service-token-is-narrow": {"allowed": ["owner", "account_admin", "job_admin"]},
            "merge-job-on-production-branch": {
                "enforcementLevel": "advisory",
                "branches": ["release"],
            },
        },
    )

    assert {violation.level for violation in judged.violations} == {"advisory"}
    rules = {violation.rule for violation in judged.violations}
    assert rules.isdisjoint({"job-has-timeout", "service-token-is-narrow"})
    assert "one-artifacts-source" in rules
    assert judged.rules_of("merge into release") == {}
    assert "merge-job-on-production-branch" in judged.rules_of("merge in test")


def test_a_setting_of_the_wrong_type_is_refused_by_name(stack):
    settings = {"job-has-timeout": {"maximumSeconds": "an hour"}}

    judged = stack.judge(GOOD, stops=True, settings=settings)

    assert "job-has-timeout: maximumSeconds" in judged.text
    assert "Traceback" not in judged.text
