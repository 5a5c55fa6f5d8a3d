"""`pulumi-language-yaml`: what runs Pulumi YAML programs, built from its Go module on demand.

Only programs in YAML that use our components need it. `go.mod` beside this file pins
the version that Pulumi's own release of the same time carries.
"""

from pathlib import Path

from toolchain.go_program import GoProgram
from toolchain.plugin_version import running


def _serves(program: Path) -> bool:
    """Say whether a file is the host, which has no `--version`: it starts and prints its port."""
    with running(program) as port:
        return port is not None


BUILD = GoProgram(
    name="pulumi-language-yaml",
    label="YAML language host",
    module=Path(__file__).parent,
    package="github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    ldflags="-s -w -X github.com/pulumi/pulumi-yaml/pkg/version.Version=v1.38.3",
    works=_serves,
    duration="half a minute if the engine was built on this machine, else 2 minutes",
)
"""The host that is built."""
