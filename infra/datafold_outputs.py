"""What the stack tells of Datafold's form: the outputs `datafold` and `readme`."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_dbtcloud_datafold import DatafoldIntegration, MemberServiceToken, datafold_form

from infra.config import LoadedConfig


def export(
    config: LoadedConfig,
    integrations: Mapping[str, DatafoldIntegration],
    token: MemberServiceToken | None,
) -> None:
    """Export the form's fields, for programs and as a page that Pulumi Cloud shows with the stack."""
    token_facts = (
        pulumi.Output.all(
            id=token.token_id,
            name=token.name,
            # That there is a secret is none.
            is_secret_known=pulumi.Output.unsecret(token.token_string.apply(bool)),
        )
        if token
        else None
    )
    branches = {
        name: project.environments.production.create.custom_branch
        for name, project in config.stack.projects.items()
        if project.environments.production.create
    }

    def build(known: dict[str, Any]) -> dict[str, datafold_form.DatafoldForm]:
        return {
            name: datafold_form.build(
                name,
                access_url=config.connection.access_url.origin,
                account_id=config.connection.account_id,
                jobs=jobs,
                token=known["token"],
                base_branch=branches.get(name),
            )
            for name, jobs in known["jobs"].items()
        }

    jobs = {name: each.jobs for name, each in integrations.items()}
    sheets = pulumi.Output.all(jobs=jobs, token=token_facts).apply(build)
    pulumi.export("datafold", sheets)
    pulumi.export("readme", sheets.apply(datafold_form.as_markdown))
