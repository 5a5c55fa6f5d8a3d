"""Which existing object is the declared one. Only an exact match that is the only one is taken unasked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.existing import (
    Account,
    Candidate,
    Document,
    EnvironmentFinder,
    Finder,
    JobFinder,
    ServiceTokenFinder,
)
from pulumi_dbtcloud_datafold.cli.preview import UNKNOWN, Declared, Kind, Preview

CANDIDATES_LIMIT = 10
"""So many that are similar are shown: for each its last run is asked for."""

NEW = "new"
"""What a person chooses to have a new object made although a similar one exists."""


class Result(StrEnum):
    """What was found for a declared object, by kind."""

    MATCH = "match"
    CHOSEN = "chosen"
    BY_NUMBER = "by number"
    NEW = "new"
    NOT_KNOWN_YET = "not known yet"
    SIMILAR = "similar"
    AMBIGUOUS = "ambiguous"
    UNFIT = "unfit"
    RENAMED = "renamed"


ADOPTED = frozenset({Result.MATCH, Result.CHOSEN, Result.BY_NUMBER})
UNDECIDED = frozenset({Result.SIMILAR, Result.AMBIGUOUS, Result.UNFIT, Result.RENAMED})


@dataclass
class Finding:
    """What was found for a declared object.

    Attributes:
        candidates: The one that is adopted, or those to choose from.
        note: What a person should know.
    """

    declared: Declared
    result: Result
    candidates: list[Candidate] = field(default_factory=list)
    note: str = ""

    @property
    def adopted(self) -> Candidate | None:
        """What is adopted."""
        return self.candidates[0] if self.candidates and self.result in ADOPTED else None


def find(preview: Preview, account: Account, choices: Iterable[str]) -> list[Finding]:
    """Look for everything that the preview would create.

    Args:
        preview: What is declared, and what the stack has.
        account: What exists.
        choices: `NAME=NUMBER` or `NAME=new`; NAME is the Pulumi name of an object or of its component.

    Raises:
        CommandError: A choice is not possible; the message has all of them.
    """
    return _Matching(preview, account, _chosen(preview, choices)).run()


def unclaimed(preview: Preview, account: Account, findings: Iterable[Finding]) -> list[Document]:
    """Return the jobs of the declared jobs' projects that neither the stack nor a declared job claims."""
    claimed = set(preview.managed["job"])
    projects = set()
    for finding in findings:
        if finding.declared.kind != "job":
            continue
        claimed |= {candidate.number for candidate in finding.candidates}
        claimed |= {int(finding.declared.number)} if finding.declared.number else set()
        if (project_id := finding.declared.known("projectId")) is not None:
            projects.add(int(project_id))
    jobs = (job for project_id in sorted(projects) for job in account.jobs(project_id))
    return [job for job in jobs if job["id"] not in claimed]


def _chosen(preview: Preview, choices: Iterable[str]) -> dict[str, str]:
    """Return the choices by the address of the declared object."""
    problems: list[str] = []
    chosen: dict[str, str] = {}
    for choice in choices:
        name, _, value = choice.partition("=")
        meant = [
            declared for declared in preview.declared if name in (declared.name, declared.component)
        ]
        if value != NEW and not (value.isascii() and value.isdigit()):
            problems.append(f"--choose {choice}: write NAME=NUMBER, or NAME={NEW}")
        elif len(meant) != 1:
            names = ", ".join(declared.name for declared in meant or preview.declared) or "nothing"
            is_unclear = (
                "is the name of several" if meant else "is not declared, or in the stack already"
            )
            problems.append(f"--choose {choice}: '{name}' {is_unclear}; there is {names}")
        else:
            chosen[meant[0].urn] = value
    if problems:
        raise CommandError("\n".join(problems))
    return chosen


class _Matching:
    """One search; environments come before the jobs that run in them."""

    def __init__(self, preview: Preview, account: Account, chosen: Mapping[str, str]) -> None:
        self.preview = preview
        self.chosen = chosen
        self.finders: dict[Kind, Finder] = {
            "environment": EnvironmentFinder(account),
            "service_token": ServiceTokenFinder(account),
            "job": JobFinder(account),
        }
        self.findings: dict[str, Finding] = {}
        self.taken: dict[tuple[Kind, int], str] = {}

    def run(self) -> list[Finding]:
        for kind in self.finders:
            of_kind = [resource for resource in self.preview.declared if resource.kind == kind]
            # What is certain first, so that nothing is similar to what belongs to another.
            for declared in of_kind:
                self.findings[declared.urn] = self._by_choice_or_name(declared)
            for declared in of_kind:
                if self.findings[declared.urn].result is Result.SIMILAR:
                    self.findings[declared.urn] = self._by_similar_name(declared)
            self._add_facts(kind)
        return list(self.findings.values())

    def _add_facts(self, kind: Kind) -> None:
        """Say more of what there is to choose from, for all of a kind at once."""
        to_choose = [
            finding
            for finding in self.findings.values()
            if finding.declared.kind == kind
            and finding.result in (Result.SIMILAR, Result.AMBIGUOUS)
        ]
        facts = iter(
            self.finders[kind].with_facts(
                [candidate for finding in to_choose for candidate in finding.candidates]
            )
        )
        for finding in to_choose:
            finding.candidates = [next(facts) for _ in finding.candidates]

    def _by_choice_or_name(self, declared: Declared) -> Finding:
        place = self._place(declared)
        if declared.number:
            return self._by_number(declared, place, int(declared.number))
        if self._is_in_new_environment(declared):
            return Finding(declared, Result.NEW)
        if declared.known("name") is None or (declared.kind != "service_token" and place is None):
            note = "its name or place is known only after `pulumi up` has made something else"
            return Finding(declared, Result.NOT_KNOWN_YET, note=note)
        choice = self.chosen.get(declared.urn)
        finder = self.finders[declared.kind]
        exact = finder.exact(declared, place)
        if choice and choice != NEW:
            return self._by_choice(declared, place, int(choice))
        if renamed := [found for found in exact if self._managed(declared, found)]:
            number = renamed[0]["id"]
            note = (
                f"{number} belongs to this stack as {self.preview.managed[declared.kind][number].rpartition('::')[2]}: "
                "the component was renamed or moved; tell Pulumi with previous_names, or with aliases"
            )
            return Finding(declared, Result.RENAMED, note=note)
        if not exact:
            return Finding(declared, Result.NEW if choice == NEW else Result.SIMILAR)
        if choice == NEW:
            message = (
                f"--choose {declared.name}={NEW}: there is '{exact[0]['name']}' (number {exact[0]['id']}) already, "
                "just there; to have a second one, declare it with another name"
            )
            raise CommandError(message)
        candidates = [finder.candidate(declared, place, found) for found in exact]
        if len(candidates) > 1:
            return Finding(declared, Result.AMBIGUOUS, candidates)
        return self._only(declared, candidates[0])

    def _by_number(self, declared: Declared, place: int | None, number: int) -> Finding:
        """Find what the configuration names; what cannot be compared yet, `pulumi up` takes over by itself."""
        note = f"`pulumi up` takes over {number}, as the configuration says"
        finding = Finding(declared, Result.BY_NUMBER, note=note)
        finder = self.finders[declared.kind]
        if declared.kind == "service_token" or place is not None:
            found = [
                document for document in finder.all(declared, place) if document["id"] == number
            ]
            candidates = [finder.candidate(declared, place, document) for document in found]
            finding.candidates = [candidate for candidate in candidates if not candidate.unfit]
            self.taken[declared.kind, number] = declared.name
        return finding

    def _by_choice(self, declared: Declared, place: int | None, number: int) -> Finding:
        finder = self.finders[declared.kind]
        found = next(
            (document for document in finder.all(declared, place) if document["id"] == number), None
        )
        what = f"--choose {declared.name}={number}"
        if found is None:
            message = f"{what}: there is no such {declared.kind.replace('_', ' ')} in this place"
            raise CommandError(message)
        if self._managed(declared, found):
            owner = self.preview.managed[declared.kind][number].rpartition("::")[2]
            message = f"{what}: it belongs to this stack already, as {owner}"
            raise CommandError(message)
        candidate = finder.candidate(declared, place, found)
        finding = self._only(declared, candidate)
        if finding.result is Result.UNFIT:
            message = f"{what}: {finding.note}"
            raise CommandError(message)
        finding.result = Result.CHOSEN
        return finding

    def _only(self, declared: Declared, candidate: Candidate) -> Finding:
        taken_by = self.taken.setdefault((declared.kind, candidate.number), declared.name)
        note = candidate.unfit
        if taken_by != declared.name:
            note = f"{candidate.number} is what {taken_by} matches, too"
        if note:
            return Finding(declared, Result.UNFIT, [candidate], note)
        return Finding(declared, Result.MATCH, [candidate])

    def _by_similar_name(self, declared: Declared) -> Finding:
        finder, place = self.finders[declared.kind], self._place(declared)
        by_number = {
            resource.number for resource in self.preview.declared if resource.kind == declared.kind
        }
        free = [
            found
            for found in finder.similar(declared, place)
            if (declared.kind, found["id"]) not in self.taken
            and not self._managed(declared, found)
            and str(found["id"]) not in by_number
        ]
        candidates = []
        for found in free[:CANDIDATES_LIMIT]:
            candidate = finder.candidate(declared, place, found)
            if why := finder.why_similar(declared, place, found):
                candidate = replace(candidate, facts=why)
            candidates.append(candidate)
        return Finding(declared, Result.SIMILAR if candidates else Result.NEW, candidates)

    def _managed(self, declared: Declared, found: Document) -> bool:
        return found["id"] in self.preview.managed[declared.kind]

    def _place(self, declared: Declared) -> int | None:
        """Return the environment of a job, the project of an environment, if it exists."""
        if declared.kind == "service_token" or declared.known("projectId") is None:
            return None
        if declared.kind == "environment":
            return int(declared.inputs["projectId"])
        if declared.inputs.get("environmentId") != UNKNOWN:
            return int(declared.inputs["environmentId"])
        environment = self._declared_environment(declared)
        adopted = environment.adopted if environment else None
        return adopted.number if adopted else None

    def _is_in_new_environment(self, declared: Declared) -> bool:
        environment = self._declared_environment(declared)
        return environment is not None and environment.result is Result.NEW

    def _declared_environment(self, declared: Declared) -> Finding | None:
        """Return the environment of a job, if the stack is to make it."""
        found = (self.findings.get(urn) for urn in declared.depends.get("environmentId", ()))
        return next((finding for finding in found if finding), None)
