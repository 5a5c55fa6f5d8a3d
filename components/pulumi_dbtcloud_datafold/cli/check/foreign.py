"""What is left over, and what others have put where the stack's jobs work."""

from collections import defaultdict
from collections.abc import Iterator

from pulumi_dbtcloud_datafold.cli.check.account_facts import AccountFacts, Document
from pulumi_dbtcloud_datafold.cli.check.finding import Finding, Severity
from pulumi_dbtcloud_datafold.cli.check.stack_state import Declared, StackState
from pulumi_dbtcloud_datafold.cli.check.subjects import Subject, Subjects

CI = "ci"
_ADDRESS = ("clientUrl", "client_url")
_CHANNEL = ("slackChannelId", "slack_channel_id")
"""What the provider and dbt Cloud call the same."""
_NAMED = 5
"""So many jobs are named in one finding; the others are counted."""


def findings(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    """Yield what is left over or foreign."""
    duplicates = dict(_duplicates(state, facts))
    for number, own in duplicates.items():
        problem = (
            f"it is called like job {own.number} of the stack and runs in the same environment "
            f"{int(own.inputs['environmentId'])}, perhaps because a create was repeated after its answer was lost"
        )
        fix = f"look at both, then delete the one too many in dbt Cloud; job {own.number} is the stack's"
        yield subjects.foreign(facts.jobs[number], own.project).finding(
            "duplicate-job", "error", problem, fix
        )
    yield from _disagreements(state, facts, subjects)
    yield from _foreign_sources(state, facts, subjects, duplicates)
    yield from _tokens(state, facts, subjects)
    yield from _repeated(state, facts, subjects)


def _duplicates(state: StackState, facts: AccountFacts) -> Iterator[tuple[int, Declared]]:
    by_place = {
        (int(own.inputs["environmentId"]), own.name): own
        for own in state.jobs.values()
        if own.number in facts.jobs
    }
    for number, job in facts.jobs.items():
        own = by_place.get((job["environment_id"], job["name"]))
        if own and number not in state.jobs:
            yield number, own


def _production(state: StackState, facts: AccountFacts) -> dict[int, list[Declared]]:
    """Return the environments of the stack's jobs that are no CI jobs, each with these."""
    found: dict[int, list[Declared]] = defaultdict(list)
    for job in state.jobs.values():
        there = facts.jobs.get(job.number)
        # CI jobs do not count: nothing is deferred to them.
        if there and there["job_type"] != CI:
            found[there["environment_id"]].append(job)
    return found


def _disagreements(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    for environment_id, own in sorted(_production(state, facts).items()):
        jobs = [
            job
            for job in facts.jobs.values()
            if job["environment_id"] == environment_id and job["job_type"] != CI
        ]
        default = (facts.environments.get(environment_id) or {}).get("dbt_version")
        for setting in ("target_name", "dbt_version"):
            by_value: dict[str, list[Document]] = defaultdict(list)
            for job in jobs:
                target = (job.get("settings") or {}).get("target_name")
                version = job["dbt_version"] or default
                by_value[str(target if setting == "target_name" else version)].append(job)
            if len(by_value) > 1:
                groups = "; ".join(
                    f"{found}: {_named(group)}" for found, group in sorted(by_value.items())
                )
                problem = (
                    f"its jobs differ in {setting} ({groups}); pull requests are compared with the newest run of any "
                    "of them, and then seem to change what they do not"
                )
                fix = f"give them the same {setting}, or move the others to an environment of their own"
                about = (environment_id, int(own[0].inputs["projectId"]), own[0].project)
                yield subjects.environment(*about).finding("jobs-disagree", "warning", problem, fix)


def _foreign_sources(
    state: StackState, facts: AccountFacts, subjects: Subjects, duplicates: dict[int, Declared]
) -> Iterator[Finding]:
    """Find jobs of others in an environment that pull requests are compared with."""
    for environment_id, newest in sorted(facts.sources.items()):
        others = [
            job
            for job in facts.jobs.values()
            if job["environment_id"] == environment_id
            and job["id"] not in state.jobs
            and job["id"] not in duplicates
            and job["job_type"] != CI
        ]
        own = [
            job
            for job in state.jobs.values()
            if int(job.inputs.get("deferringEnvironmentId") or 0) == environment_id
        ]
        if not others or not own:
            continue
        source = newest and newest.get("job_definition_id")
        is_source = source in {job["id"] for job in others}
        severity: Severity = "warning" if is_source else "note"
        now = f", and job {source} is the newest one now" if is_source else ""
        problem = (
            f"jobs that are not of this stack run in it: {_named(others)}; pull requests are compared with the newest "
            f"success of any job there{now}"
        )
        fix = "move them to an environment of their own, or make sure that they build the same as production"
        about = (environment_id, int(own[0].inputs["projectId"]), own[0].project)
        yield subjects.environment(*about).finding("foreign-jobs", severity, problem, fix)


def _tokens(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    own = {token.name: token for token in state.tokens.values()}
    for token in facts.tokens:
        if token["id"] not in state.tokens and token["name"] in own:
            used = f"last used {str(token['last_used'])[:16]}" if token.get("last_used") else ""
            problem = f"it is called like token {own[token['name']].number} of the stack, and is not of it"
            problem += f" ({used})" if used else ""
            fix = "if nobody uses it, delete it in dbt Cloud: Account settings, Service tokens"
            subject = f"service token {token['id']} '{token['name']}'"
            yield subjects.account(subject, token["id"]).finding(
                "left-over-token", "warning", problem, fix
            )


def _repeated(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    """Find what dbt Cloud takes twice, beside what the stack has of it."""
    for own in state.environments.values():
        project_id = int(own.inputs["projectId"])
        for number, other in facts.environments.items():
            is_alike = (other["project_id"], other["name"]) == (project_id, own.name)
            if is_alike and number not in state.environments:
                subject = subjects.environment(number, project_id, own.project)
                alike = f"called like environment {own.number}"
                yield _left_over(subject, "warning", "environment", alike)
    # Several stacks may report to one channel or address.
    for kind, declared, there, (key, field), place in (
        ("webhook", state.webhooks, facts.webhooks, _ADDRESS, "address"),
        ("notification", state.notifications, facts.notifications, _CHANNEL, "Slack channel"),
    ):
        numbers = {own.id for own in declared}
        for own in declared:
            for other in there:
                is_alike = key in own.inputs and other.get(field) == own.inputs[key]
                if is_alike and str(other["id"]) not in numbers:
                    subject = subjects.account(f"{kind} {other['id']}", None)
                    alike = f"for the same {place} as {kind} {own.id}"
                    yield _left_over(subject, "note", kind, alike)


def _left_over(subject: Subject, severity: Severity, kind: str, alike: str) -> Finding:
    problem = f"it is {alike} of the stack, and is not of it; perhaps a create was repeated after its answer was lost"
    fix = f"look at both; if no other stack and nobody needs this {kind}, delete it in dbt Cloud"
    return subject.finding(f"left-over-{kind}", severity, problem, fix)


def _named(jobs: list[Document]) -> str:
    names = ", ".join(f"{job['id']} '{job['name']}'" for job in jobs[:_NAMED])
    more = len(jobs) - _NAMED
    return f"{names} and {more} more" if more > 0 else names
