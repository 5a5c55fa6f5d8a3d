"""Can dbt Cloud, Datafold and the git host reach each other?"""

from collections.abc import Iterator

from pulumi_dbtcloud_datafold.account.account_plan import Plan
from pulumi_dbtcloud_datafold.cli.check.account_facts import AccountFacts
from pulumi_dbtcloud_datafold.cli.check.finding import Finding
from pulumi_dbtcloud_datafold.cli.check.stack_state import (
    DATAFOLD_TOKEN,
    PULL_REQUEST,
    Declared,
    StackState,
)
from pulumi_dbtcloud_datafold.cli.check.subjects import Subjects
from pulumi_dbtcloud_datafold.jobs.repository_events import DEPLOY_KEY, waits_for

AZURE = "azure_active_directory_app"
_NO_MERGE_JOBS = ("developer", "free")
"""Plans without merge jobs and lint. Source: https://docs.getdbt.com/docs/deploy/merge-jobs"""


def findings(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    """Yield what cannot be reached, or may not be done."""
    yield from _repositories(state, facts, subjects)
    yield from _test_environments(state, facts, subjects)
    yield from _datafold_token(state, facts, subjects)
    yield from _plan(state, facts, subjects)
    for what in sorted(facts.unseen):
        problem = f"the token of the stack may not read it, so nothing is known of it: {facts.unseen[what]}"
        fix = "give the stack's token Account Admin, or Account Viewer for checks alone"
        yield subjects.account(what, None).finding("not-looked-at", "warning", problem, fix)


def _repositories(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    for project_id in state.projects:
        project = facts.projects.get(project_id)
        jobs = [job for job in state.jobs.values() if int(job.inputs["projectId"]) == project_id]
        if project is None:
            if "projects" not in facts.unseen:
                problem = "it is not in dbt Cloud, or this token does not see it"
                fix = (
                    "if somebody deleted it: remove its block from the stack, then run `pulumi up --refresh`; "
                    "otherwise give the stack's token access to it"
                )
                about = (project_id, "", jobs[0].project if jobs else "")
                yield subjects.project(*about).finding("project-gone", "error", problem, fix)
            continue
        block = jobs[0].project if jobs else str(project["name"])
        about = (project_id, str(project["name"]), block)
        if project.get("repository_id") is None:
            problem = "it has no repository, so no run of its jobs can succeed"
            fix = "open the project's settings in dbt Cloud, Repository, and connect one"
            yield subjects.project(*about).finding("no-repository", "error", problem, fix)
            continue
        found = [
            one
            for one in facts.repositories.get(project_id, [])
            if one["id"] == project["repository_id"]
        ]
        strategy = found[0].get("git_clone_strategy") if found else None
        for job in jobs:
            if strategy in (DEPLOY_KEY, AZURE):
                yield from _webhook(job, str(strategy), facts, subjects)


def _test_environments(
    state: StackState, facts: AccountFacts, subjects: Subjects
) -> Iterator[Finding]:
    """Find pull-request jobs that build into production since somebody changed their environment."""
    for job in state.with_role(PULL_REQUEST):
        environment = facts.environments.get(int(job.inputs["environmentId"]))
        if environment and environment["deployment_type"] == "production":
            problem = (
                f"its environment {environment['id']} '{environment['name']}' has the deployment type production, so "
                "pull requests are built into production"
            )
            fix = "set the environment's deployment type back in its Settings in dbt Cloud"
            yield subjects.job(job).finding("pull-requests-in-production", "error", problem, fix)


def _webhook(
    job: Declared, strategy: str, facts: AccountFacts, subjects: Subjects
) -> Iterator[Finding]:
    what = waits_for(job.inputs)
    if what is None:
        return
    if strategy == DEPLOY_KEY:
        problem = f"the repository is cloned by a deploy key: dbt Cloud gets no event, so {what} never starts it"
        fix = (
            "connect dbt Cloud's integration with the git host (Account settings, Integrations), then connect the "
            "repository through it in the project's settings"
        )
        if what == "a merge":
            fix = "write `trigger: pipeline` in merge_job and add the pipeline (docs/pipeline.md)"
        yield subjects.job(job).finding("no-webhook", "error", problem, fix)
    elif not _plan_of(facts).is_enterprise:
        problem = f"on plan {_plan_of(facts)}, dbt Cloud starts no job by {what} at Azure DevOps"
        fix = "this needs an Enterprise plan; without, start the job by API from a pipeline"
        yield subjects.job(job).finding("no-webhook", "error", problem, fix)


def _datafold_token(
    state: StackState, facts: AccountFacts, subjects: Subjects
) -> Iterator[Finding]:
    for (token_id, job_id), refusal in sorted(facts.refusals.items(), key=lambda item: item[0]):
        if refusal is None:
            continue
        token = state.tokens[token_id]
        answer = f"answers {refusal.status}" if refusal.status else "does not answer"
        problem = f"dbt Cloud {answer} when it asks for job {job_id} '{state.jobs[job_id].name}', as Datafold does"
        fix = {
            401: "the token's secret is not valid: rotate it (generation: one higher) and enter the new secret in "
            "Datafold",
            404: "give it all_projects: true, or the project's number in project_ids",
            403: "add this machine's and Datafold's addresses to the account's IP allowlist",
        }.get(refusal.status or 0, str(refusal))
        subject = f"service token {token_id} '{token.name}'"
        yield subjects.account(subject, token_id).finding("datafold-token", "error", problem, fix)


def _plan(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    plan = _plan_of(facts)
    if plan.is_semantic_layer_only:
        for token in state.tokens.values():
            if token.component == DATAFOLD_TOKEN:
                problem = f"on plan {plan}, a service token can neither read nor run jobs"
                fix = (
                    "change to a plan whose tokens can, or give Datafold a token of another account"
                )
                subject = f"service token {token.number} '{token.name}'"
                yield subjects.account(subject, token.number).finding("plan", "error", problem, fix)
    for job in state.jobs.values():
        missing = list(_missing(job, plan))
        if missing:
            problem = f"plan {plan} has no {' and no '.join(missing)}"
            fix = "remove it from the stack, or change the plan"
            yield subjects.job(job).finding("plan", "error", problem, fix)


def _missing(job: Declared, plan: Plan) -> Iterator[str]:
    is_small = plan.startswith(_NO_MERGE_JOBS)
    if is_small and (job.inputs.get("triggers") or {}).get("onMerge"):
        yield "merge jobs"
    if is_small and job.inputs.get("runLint"):
        yield "linting"
    is_known = plan.is_enterprise or plan.is_legacy_team or plan.is_semantic_layer_only
    is_without_comparison = is_known and not plan.is_enterprise
    if is_without_comparison and job.inputs.get("runCompareChanges"):
        yield "comparison of changes"


def _plan_of(facts: AccountFacts) -> Plan:
    return Plan(str(facts.account.get("plan")))
