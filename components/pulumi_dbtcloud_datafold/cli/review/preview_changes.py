"""The steps of `pulumi preview --json`, sorted into changes that a reviewer understands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pulumi_dbtcloud_datafold.cli import job_wording
from pulumi_dbtcloud_datafold.cli.component_place import place
from pulumi_dbtcloud_datafold.cli.errors import CommandError

Operation = Literal["create", "import", "update", "replace", "delete"]
Kind = Literal["job", "environment", "token", "notification", "webhook", "variable", "other"]

_KINDS: Mapping[str, Kind] = {
    "dbtcloud:index/job:Job": "job",
    "dbtcloud:index/environment:Environment": "environment",
    "dbtcloud:index/serviceToken:ServiceToken": "token",
    "dbtcloud:index/notification:Notification": "notification",
    "dbtcloud:index/webhook:Webhook": "webhook",
    "dbtcloud:index/environmentVariableJobOverride:EnvironmentVariableJobOverride": "variable",
}
_OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "import": "import",
    "update": "update",
    "replace": "replace",
    "create-replacement": "replace",
    "import-replacement": "replace",
    "delete-replaced": "replace",
    "delete": "delete",
}
"""By Pulumi's name; any other operation leaves dbt Cloud as it is."""
_STRONGEST_FIRST = ("replace", "import", "create", "delete", "update")
ACCOUNT = "Account"
"""The heading of what belongs to no project."""
OTHER = "Other resources"
"""The heading of what is not in dbt Cloud, or of no kind that is known here."""
_OF_PROJECTS = ("job", "environment", "variable")
_SHOWN_OF_VARIABLES = ("name", "projectId", "jobDefinitionId")

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What happens to one resource.

    Attributes:
        component: Type of the component that declares it, e.g. `MergeJob`; empty without one.
        project: Name of the block or component that its project has in the stack.
        name: Its name in dbt Cloud, or else in Pulumi.
        number: Its number in dbt Cloud, if it has one.
        is_protected: Pulumi refuses to delete it.
        old: Its inputs before, completed by its outputs.
        new: Its inputs after.
        reasons: The inputs that differ. Of secrets it is the only sign: their values read alike.
    """

    operation: Operation
    kind: Kind
    component: str
    project: str
    name: str
    number: str | None
    is_protected: bool
    old: Document
    new: Document
    reasons: frozenset[str]

    @property
    def subject(self) -> str:
        """Kind, number and name, for a person."""
        number = f" {self.number}" if self.number else ""
        name = self.name.replace("`", "'").replace("**", "")
        return f"{self.kind}{number} '{name}'"


@dataclass(frozen=True)
class Preview:
    """A preview.

    Attributes:
        stack: Project and stack, as `project/stack`; empty if the preview ended before there was one.
        errors: What makes `pulumi up` fail, in Pulumi's or our words.
        warnings: What it warns of.
        unchanged: How many resources stay as they are.
    """

    stack: str
    changes: Sequence[Change]
    errors: Sequence[str]
    warnings: Sequence[str]
    unchanged: int


def read(document: object) -> Preview:
    """Return the preview in what `pulumi preview --json` has printed.

    Raises:
        CommandError: It is something else.
    """
    known: Document = document if isinstance(document, Mapping) else {}
    steps = known.get("steps")
    if not isinstance(steps, list) or not all(map(_is_step, steps)):
        message = (
            "this is not the output of `pulumi preview --json`: it has no steps. Write its standard output into "
            "the file; its standard error belongs elsewhere"
        )
        raise CommandError(message)
    diagnostics: Sequence[Document] = known.get("diagnostics") or []
    return Preview(
        stack=_stack(steps),
        changes=sorted(_changes(steps), key=_order),
        errors=list(_messages(diagnostics, "error")),
        warnings=list(_messages(diagnostics, "warning")),
        unchanged=int((known.get("changeSummary") or {}).get("same") or 0),
    )


def _is_step(step: object) -> bool:
    return (
        isinstance(step, Mapping)
        and isinstance(step.get("op"), str)
        and isinstance(step.get("urn"), str)
        and all(isinstance(step.get(key) or {}, Mapping) for key in ("oldState", "newState"))
    )


def _stack(steps: Sequence[Document]) -> str:
    for step in steps:
        _, _, rest = str(step.get("urn", "")).partition("urn:pulumi:")
        stack, _, rest = rest.partition("::")
        if stack:
            return f"{rest.partition('::')[0]}/{stack}"
    return ""


def _changes(steps: Sequence[Document]) -> Iterator[Change]:
    by_urn: dict[str, list[Document]] = {}
    for step in steps:
        if step.get("op") in _OPERATIONS:
            by_urn.setdefault(str(step["urn"]), []).append(step)
    for urn, found in by_urn.items():
        # A replacement has several steps, and an import may be followed by an update.
        operation = min((_OPERATIONS[step["op"]] for step in found), key=_STRONGEST_FIRST.index)
        olds = [step["oldState"] for step in found if step.get("oldState")]
        news = [step["newState"] for step in found if step.get("newState")]
        reasons = {str(reason) for step in found for reason in step.get("diffReasons") or []}
        change = _change(urn, operation, olds[0] if olds else {}, news[-1] if news else {}, reasons)
        # A component is nothing in dbt Cloud.
        if (news or olds)[-1].get("custom") and "pulumi:providers:" not in urn:
            yield change


def _order(change: Change) -> tuple[str, int, str, int]:
    components = ("ProductionJob", "MergeJob", "ArtifactsJob", "PullRequestJob")
    place = components.index(change.component) if change.component in components else -1
    return change.project, place, change.name, int(change.number or 0)


def _change(
    urn: str, operation: Operation, old: Document, new: Document, reasons: Iterable[str]
) -> Change:
    state = new or old
    kind = _KINDS.get(str(state.get("type")), "other")
    before = {**(old.get("outputs") or {}), **(old.get("inputs") or {})}
    after = dict(new.get("inputs") or {})
    component, project = place(str(state.get("parent") or ""), urn)
    return Change(
        operation=operation,
        kind=kind,
        component=component,
        project=project if kind in _OF_PROJECTS else OTHER if kind == "other" else ACCOUNT,
        name=str(before.get("name") or after.get("name") or urn.rpartition("::")[2]),
        number=_number(kind, old, new),
        is_protected=bool(old.get("protect")),
        old=before,
        new=after,
        reasons=frozenset(reasons),
    )


def _number(kind: Kind, old: Document, new: Document) -> str | None:
    outputs = old.get("outputs") or {}
    key = {"job": "jobId", "environment": "environmentId"}.get(kind)
    found = outputs.get(key) if key else old.get("id")
    found = found or new.get("importID")
    is_number = isinstance(found, int | float) or str(found).isdigit()
    return str(int(found)) if found and is_number else None


def _messages(diagnostics: Sequence[Document], severity: str) -> Iterator[str]:
    for diagnostic in diagnostics:
        if diagnostic.get("severity") == severity:
            yield str(diagnostic.get("message") or "").strip().removeprefix(f"{severity}: ")


def rows(change: Change) -> list[tuple[str, str, str]]:
    """Return what differs: the setting's name, its text before, its text after."""
    if change.kind == "job":
        return _job_rows(change)
    keys = [
        key
        for key, value in change.new.items()
        if value != change.old.get(key)
        or (value == job_wording.SHOWN_SECRET and key in change.reasons)
    ]
    # What is declared no more goes back to its default.
    return [
        (_setting(key), _text(change, key, change.old), _text(change, key, change.new))
        for key in keys
    ]


def _job_rows(change: Change) -> list[tuple[str, str, str]]:
    # An input that is absent after the change gets the default, or what the provider has worked out.
    features = {"costOptimizationFeatures"} - change.new.keys()
    old = {key: value for key, value in change.old.items() if key not in features}
    return job_wording.changes(job_wording.in_words(old), job_wording.in_words(change.new))


def _setting(key: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in key)


def _text(change: Change, key: str, values: Document) -> str:
    is_hidden = (
        change.kind == "other"
        or (change.kind == "variable" and key not in _SHOWN_OF_VARIABLES)
        or (change.kind == "webhook" and key == "clientUrl")
    )
    if is_hidden:
        # It may be a secret, or hold one, that Pulumi does not know as one.
        return "a value" if key in values else "none"
    return job_wording.plain(values.get(key, "none"))
