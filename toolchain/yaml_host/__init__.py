"""`pulumi-language-yaml`: what runs Pulumi YAML programs, built from its Go module on demand.

Only programs in YAML that use our components need it. `go.mod` beside this file pins
the version that Pulumi's own release of the same time carries.
"""

import os
import re
import subprocess
import threading
from pathlib import Path

from toolchain.cache import Report
from toolchain.go_program import GoProgram

_START_TIMEOUT_SECONDS = 30


def ensure_yaml_host(report: Report) -> Path:
    """Return a `pulumi-language-yaml`, building it if the cache has none.

    Raises:
        ToolchainError: it could not be built.
    """
    return BUILD.ensure(report)


def _serves(program: Path) -> bool:
    """Say whether a file is the host: it starts and prints its port, as the engine wants.

    It has no `--version`. It does not call the engine address while it starts.
    """
    try:
        with subprocess.Popen(  # noqa: S603 - a program from our cache
            [program, "127.0.0.1:1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        ) as process:
            # A program that neither answers nor ends is not the host either.
            timer = threading.Timer(_START_TIMEOUT_SECONDS, process.kill)
            timer.start()
            try:
                first_line = process.stdout.readline() if process.stdout else b""
            finally:
                timer.cancel()
                process.kill()
    except OSError:
        return False
    return re.fullmatch(rb"\d+\n", first_line) is not None


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
