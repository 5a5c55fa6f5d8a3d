"""Shell scripts that stand for `go` and `pulumi` on PATH, so that nothing is built or downloaded."""

from toolchain.engine import PINNED_VERSION
from toolchain.files import write_script

ENGINE = f"#!/bin/sh\necho {PINNED_VERSION}\n"
"""An engine of the version that is pinned, which can tell its version only."""

NEWER = "v3.900.0"
"""A version of an engine that fits."""

GO = """\
#!/bin/sh
echo "$@" >> {log}
case "$1" in
  env) echo go{version} ;;
  list)
    echo "go: downloading example.com/one v1.0.0" >&2; echo one; echo two; {listing} ;;
  build)
    env > {log}.env
    while [ "$1" != "-o" ]; do shift; done
    echo one >&2
    {building}
    echo two >&2
    printf '%s' '{built}' > "$2"
    chmod +x "$2" ;;
esac
"""

PULUMI = """\
#!/bin/sh
case "$1" in
  version) echo {version} ;;
  plugin) echo "asked: $*" >&2; {plugin} ;;
esac
"""


def write_go(folder, *, version="1.99.0", built="#!/bin/sh\necho ok\n", building="", listing=""):
    """Write a `go` that logs its calls into `go.log` beside it and "builds" the text `built`."""
    log = folder / "go.log"
    text = GO.format(version=version, built=built, building=building, listing=listing, log=log)
    write_script(folder / "go", text)
    return log


def write_pulumi(folder, version, plugin="exit 1"):
    write_script(folder / "pulumi", PULUMI.format(version=version, plugin=plugin))
    return folder / "pulumi"
