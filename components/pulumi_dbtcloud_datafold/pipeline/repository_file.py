"""The pipeline's file and its secret as resources in the repository, by the provider of the git host.

The providers' packages are extras, imported only when a component here is declared: `pulumi-github` and
`pulumi-gitlab` each bring a plugin that every other stack would have to download too.

Source: https://www.pulumi.com/registry/packages/github/ ; https://www.pulumi.com/registry/packages/gitlab/
"""

import importlib
from types import ModuleType
from typing import Any, NotRequired, TypedDict

import pulumi

from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem


class GitHubPipelineFileArgs(TypedDict):
    """Inputs of `GitHubPipelineFile`."""

    repository: pulumi.Input[str]
    """Name of the repository, without its owner; the owner is the provider's (`github:owner`)."""
    pipeline: pulumi.Input[dict[str, Any] | None]
    """The output `pipeline` of a `MergeJob` or `DatafoldIntegration`."""
    token: pulumi.Input[str]
    """Secret. The token that starts the job: `token_string` of a `PipelineToken`."""
    overwrite: NotRequired[bool]
    """Replace a file that is there already. Default: false, it is an error."""


class GitLabPipelineFileArgs(TypedDict):
    """Inputs of `GitLabPipelineFile`."""

    project: pulumi.Input[str]
    """Number of the GitLab project, or its path with the group, e.g. `data/analytics`."""
    pipeline: pulumi.Input[dict[str, Any] | None]
    """The output `pipeline` of a `MergeJob` or `DatafoldIntegration`."""
    token: pulumi.Input[str]
    """Secret. The token that starts the job: `token_string` of a `PipelineToken`."""
    overwrite: NotRequired[bool]
    """Replace a file that is there already. Default: false, it is an error."""


class GitHubPipelineFile(pulumi.ComponentResource):
    """The workflow that starts a merge job, in its repository on GitHub, and the secret it needs.

    Declares one `github.RepositoryFile` and one `github.ActionsSecret`. Needs the extra `github`, and a GitHub token
    that may write workflows and secrets. The file is committed to the pipeline's branch: where that takes a pull
    request, write the file with `dbtcloud-datafold pipeline` instead. Does not make the token or start the job.

    Raises:
        ConfigurationError: The extra is not installed.

    Source: https://www.pulumi.com/registry/packages/github/
    """

    path: pulumi.Output[str]
    """Where the file is in the repository."""

    def __init__(
        self, name: str, args: GitHubPipelineFileArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare file and secret; `name` is the Pulumi name."""
        super().__init__("dbtcloud-datafold:index:GitHubPipelineFile", name, None, opts)
        github = _provider_package("pulumi_github", "github", f"GitHubPipelineFile '{name}'")
        made = _made_for("github", args["pipeline"])
        secret = github.ActionsSecret(
            f"{name}-secret",
            repository=args["repository"],
            secret_name=made["secret_name"],
            value=pulumi.Output.secret(args["token"]),
            # A rotated token must get in, also where a provider replaces the secret for it.
            opts=_in_one_place(self, protect=False),
        )
        file = github.RepositoryFile(
            f"{name}-file",
            repository=args["repository"],
            branch=made["branch"],
            file=made["path"],
            content=made["content"],
            commit_message="Start the dbt Cloud merge job on merge",
            overwrite_on_create=args.get("overwrite", False),
            # The commit is itself a push to the branch, and starts the workflow.
            opts=_in_one_place(self, depends_on=[secret]),
        )
        self.path = file.file
        self.register_outputs({"path": self.path})


class GitLabPipelineFile(pulumi.ComponentResource):
    """The job that starts a merge job, in its project on GitLab, and the variable it needs.

    Declares one `gitlab.RepositoryFile` and one `gitlab.ProjectVariable`, masked and for protected branches
    only. Needs the extra `gitlab`, and a GitLab token with the scope `api`. Does not edit `.gitlab-ci.yml`: the first
    lines of the file say what to include there.

    Raises:
        ConfigurationError: The extra is not installed.

    Source: https://www.pulumi.com/registry/packages/gitlab/
    """

    path: pulumi.Output[str]
    """Where the file is in the repository."""

    def __init__(
        self, name: str, args: GitLabPipelineFileArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare file and variable; `name` is the Pulumi name."""
        super().__init__("dbtcloud-datafold:index:GitLabPipelineFile", name, None, opts)
        gitlab = _provider_package("pulumi_gitlab", "gitlab", f"GitLabPipelineFile '{name}'")
        made = _made_for("gitlab", args["pipeline"])
        variable = gitlab.ProjectVariable(
            f"{name}-variable",
            project=args["project"],
            key=made["secret_name"],
            value=pulumi.Output.secret(args["token"]),
            description="Service token with which the pipeline starts the dbt Cloud merge job",
            masked=True,
            protected=True,
            raw=True,
            # A rotated token must get in, also where a provider replaces the secret for it.
            opts=_in_one_place(self, protect=False),
        )
        file = gitlab.RepositoryFile(
            f"{name}-file",
            project=args["project"],
            branch=made["branch"],
            file_path=made["path"],
            content=made["content"],
            encoding="text",
            commit_message="Start the dbt Cloud merge job on merge",
            overwrite_on_create=args.get("overwrite", False),
            opts=_in_one_place(self, depends_on=[variable]),
        )
        self.path = file.file_path
        self.register_outputs({"path": self.path})


def _in_one_place(
    component: pulumi.ComponentResource,
    depends_on: list[pulumi.Resource] | None = None,
    *,
    protect: bool | None = None,
) -> pulumi.ResourceOptions:
    """Return the options of a thing of which the repository has one in a place: the old one must go first.

    Deleted after its successor was written there, as Pulumi does, it would take that along.
    """
    return pulumi.ResourceOptions(
        parent=component, depends_on=depends_on, delete_before_replace=True, protect=protect
    )


def _provider_package(module: str, extra: str, where: str) -> ModuleType:
    """Import a provider's package.

    Raises:
        ConfigurationError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
    problem = Problem(
        "the program's Python environment",
        f"the package {module.replace('_', '-')} is not installed",
        f'pip install "pulumi-dbtcloud-datafold[{extra}]"',
    )
    raise ConfigurationError(where, [problem])


def _made_for(
    kind: str, given: pulumi.Input[dict[str, Any] | None]
) -> pulumi.Output[dict[str, Any]]:
    """Return the pipeline, once it is seen to be one for this git host."""

    def check(made: dict[str, Any] | None) -> dict[str, Any]:
        if made is None:
            message = (
                "there is no pipeline: its merge job has trigger: native; write trigger: pipeline"
            )
            raise pulumi.RunError(message)
        if made["kind"] != kind:
            message = f"the pipeline is for {made['kind']}; write git_host: {kind}"
            raise pulumi.RunError(message)
        return made

    return pulumi.Output.from_input(given).apply(check)
