"""The outputs `datafold` and `readme`: what to enter in Datafold's form."""

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
    """Export the form's fields, and the same as a page, which Pulumi Cloud shows with the stack."""
    token_facts = (
        pulumi.Output.all(
            id=token.token_id,
            name=token.name,
            # Whether there is a secret is no secret.
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

    def forms(resolved: dict[str, Any]) -> dict[str, datafold_form.DatafoldForm]:
        return {
            name: datafold_form.build(
                name,
                access_url=config.connection.access_url.origin,
                account_id=config.connection.account_id,
                jobs=jobs,
                token=resolved["token"],
                base_branch=branches.get(name),
            )
            for name, jobs in resolved["jobs"].items()
        }

    jobs = {name: each.jobs for name, each in integrations.items()}
    datafold = pulumi.Output.all(jobs=jobs, token=token_facts).apply(forms)
    pulumi.export("datafold", datafold)
    pulumi.export("readme", datafold.apply(datafold_form.as_markdown))
