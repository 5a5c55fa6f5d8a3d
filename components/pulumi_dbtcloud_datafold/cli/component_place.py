"""Where a resource of a stack belongs, from the URNs that Pulumi gives it."""

import re

_ROLE = re.compile(r"-(production|pull-request|merge|artifacts)$")
"""What `DatafoldIntegration` and the stack program add to a project's name."""


def place(parent: str, urn: str) -> tuple[str, str]:
    """Return the type of a resource's component, and the name of the block or component that stands for its project.

    Args:
        parent: The URN of the resource's parent.
        urn: Its own; its name is the answer where no component of ours declares it.
    """
    types, _, name = parent.rpartition("::")
    kind = types.rpartition("::")[2].rpartition("$")[2]
    if not kind.startswith("dbtcloud-datafold:"):
        return "", urn.rpartition("::")[2]
    is_part = "DatafoldIntegration$" in types or kind.endswith(":DeploymentEnvironment")
    return kind.rpartition(":")[2], _ROLE.sub("", name) if is_part else name
