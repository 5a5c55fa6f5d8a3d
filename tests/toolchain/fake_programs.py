"""Shell scripts that stand for `go` and `pulumi` on PATH, so that nothing is built or downloaded."""

from toolchain.engine import BUILD
from toolchain.files import write_script

GO = """\
#!/bin/sh
echo "$@" >> {log}
case "$1" in
  env) echo go{version} ;;
  list) case "$2" in *Module*) cat {modules}; exit; esac
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


def write_go(folder, *, version="1.26.0", built="#!/bin/sh\necho ok\n", building="", listing=""):
    """Write a `go` that logs its calls into `go.log` beside it and "builds" the text `built`."""
    log = folder / "go.log"
    modules = _write_modules(folder / "modules")
    text = GO.format(
        version=version, built=built, building=building, listing=listing, log=log, modules=modules
    )
    write_script(folder / "go", text)
    return log


def _write_modules(folder):
    """Write what the engine's build changes, and a list of where it is."""
    for edit in BUILD.edits:
        file = folder / edit.module / edit.file
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as written:
            written.write(f"{edit.old}\n")
    listed = folder / "list"
    listed.write_text(
        "".join(f"{each} {folder / each}\n" for each in {e.module for e in BUILD.edits})
    )
    return listed


def write_pulumi(folder, version, plugin="exit 1"):
    write_script(folder / "pulumi", PULUMI.format(version=version, plugin=plugin))
    return folder / "pulumi"
