"""A provider that stands for those of the git hosts: each thing it makes is a file of its folder.

Run as a plugin. Like a git host it has one thing in one place: making a second one there fails, unless it is a secret,
which is overwritten, and deleting either of two empties the place.
"""

import sys
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from tests.toolchain.small_provider import SmallProvider, serve

PLACE = ("repository", "project", "branch", "file", "filePath", "secretName", "key")


class GitHost(SmallProvider):
    VERSION = "6.15.0"

    def __init__(self, folder):
        self.folder = folder

    def Diff(self, request, context):  # noqa: N802
        changed = [key for key in request.news if request.news[key] != request.olds[key]]
        changes = (
            provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        )
        # Some versions of the real ones replace a secret whose value has changed.
        replaces = [key for key in changed if key in (*PLACE, "value")]
        return provider_pb2.DiffResponse(changes=changes, diffs=changed, replaces=replaces)

    def Create(self, request, context):  # noqa: N802
        place = "~".join(
            request.properties[key].replace("/", "~") for key in PLACE if key in request.properties
        )
        if not request.preview:
            path = self.folder / place
            if path.exists() and "content" in request.properties:
                context.abort(grpc.StatusCode.ALREADY_EXISTS, f"there is a file at {place}")
            text = "content" if "content" in request.properties else "value"
            path.write_text(request.properties[text])
        return provider_pb2.CreateResponse(id=place, properties=request.properties)

    def Update(self, request, context):  # noqa: N802
        if not request.preview:
            (self.folder / request.id).write_text(request.news["content"])
        return provider_pb2.UpdateResponse(properties=request.news)

    def Delete(self, request, context):  # noqa: N802
        (self.folder / request.id).unlink()
        return empty_pb2.Empty()


def install(folder, things, git_host):
    """Make a plugin folder for the provider of a git host, which keeps its things in another."""
    things.mkdir()
    folder.mkdir()
    command = folder / f"pulumi-resource-{git_host}"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{things}"\n')
    command.chmod(0o755)
    return folder


if __name__ == "__main__":
    serve(GitHost(Path(sys.argv[1])))
