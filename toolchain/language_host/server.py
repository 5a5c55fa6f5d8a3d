# ruff: noqa: N802 - gRPC names the methods
"""The `LanguageRuntime` service: which part answers which call."""

import re
import threading
from collections.abc import Iterator

from google.protobuf import empty_pb2
from grpc import ServicerContext as Context
from pulumi import _version as pulumi_version
from pulumi.runtime.proto import language_pb2 as pb
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

from toolchain.language_host import install, packages, project_python
from toolchain.language_host.children import Children
from toolchain.language_host.plugin import run_plugin
from toolchain.language_host.refusal import not_supported, refusing
from toolchain.language_host.run import run


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine. A call without a method of this class gets UNIMPLEMENTED."""

    def __init__(self, engine_address: str, children: Children, ended: threading.Event) -> None:
        """Prepare to answer.

        Args:
            engine_address: The engine that started the host; empty if a person did. Then engines
                attach to it (PULUMI_DEBUG_LANGUAGES), one at a time.
            children: Starts the processes.
            ended: Set when the engine that started the host is done.
        """
        self._engine_address = engine_address
        self._is_attached = not engine_address
        self._children = children
        self._ended = ended

    def Handshake(
        self, request: pb.LanguageHandshakeRequest, context: Context
    ) -> pb.LanguageHandshakeResponse:
        """Take the address of an engine that attaches to a host started by hand."""
        self._engine_address = request.engine_address
        return pb.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        """Return the version: that of the SDK whose protocol we speak."""
        return plugin_pb2.PluginInfo(version=pulumi_version._VERSION)

    def About(self, request: pb.AboutRequest, context: Context) -> pb.AboutResponse:
        """Say which Python runs the program."""
        with refusing(context):
            return packages.about(project_python.of(request.info))

    def GetProgramDependencies(
        self, request: pb.GetProgramDependenciesRequest, context: Context
    ) -> pb.GetProgramDependenciesResponse:
        """List the installed distributions."""
        with refusing(context):
            python = project_python.of(request.info)
            return packages.dependencies(python, transitive=request.transitiveDependencies)

    def GetRequiredPackages(
        self, request: pb.GetRequiredPackagesRequest, context: Context
    ) -> pb.GetRequiredPackagesResponse:
        """List the providers that the program may use."""
        with refusing(context):
            return packages.required_packages(project_python.of(request.info))

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: Context
    ) -> Iterator[pb.InstallDependenciesResponse]:
        """Install the project's dependencies."""
        with refusing(context):
            python = project_python.of(request.info)
            yield from install.install(python, context, self._children, is_plugin=request.is_plugin)

    def Run(self, request: pb.RunRequest, context: Context) -> pb.RunResponse:
        """Run the program."""
        return run(request, context, self._children, self._engine_address)

    def RunPlugin(
        self, request: pb.RunPluginRequest, context: Context
    ) -> Iterator[pb.RunPluginResponse]:
        """Run a component provider or a policy pack."""
        with refusing(context):
            yield from run_plugin(request, context, self._children)

    def GenerateProgram(
        self, request: pb.GenerateProgramRequest, context: Context
    ) -> pb.GenerateProgramResponse:
        """Answer the question for code that `pulumi import` suggests: with a comment.

        An error would have the command end with exit code 1, although the import has succeeded.
        """
        source = "\n".join(request.source.values())
        blocks = re.findall(r'^resource "?([^\s"]+)"? "([^"]+)"', source, re.MULTILINE)
        imported = ", ".join(f"{name} ({token})" for name, token in blocks)
        program = f"""\
# Imported: {imported}
# This language host writes no code. The one of Pulumi does: https://www.pulumi.com/docs/install/
"""
        return pb.GenerateProgramResponse(source={"__main__.py": program.encode()})

    def GeneratePackage(
        self, request: pb.GeneratePackageRequest, context: Context
    ) -> pb.GeneratePackageResponse:
        """Refuse to write an SDK (`pulumi package add`)."""
        not_supported(context, "writing an SDK for a package")

    def GenerateProject(
        self, request: pb.GenerateProjectRequest, context: Context
    ) -> pb.GenerateProjectResponse:
        """Refuse to write a whole project (`pulumi convert`)."""
        not_supported(context, "writing a project in Python")

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """End: the engine is done. A host that a person started waits for the next engine."""
        if not self._is_attached:
            self._ended.set()
        return empty_pb2.Empty()
