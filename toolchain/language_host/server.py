"""The `LanguageRuntime` service: which part answers which call."""

import re
import threading
from collections.abc import Iterator

import grpc
from google.protobuf import empty_pb2
from pulumi import _version as pulumi_version
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from toolchain.language_host import install, packages, project_python
from toolchain.language_host.children import Children
from toolchain.language_host.plugin import run_plugin
from toolchain.language_host.refusal import RefusedError, abort, not_supported
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

    def Handshake(  # noqa: N802 - named by the protocol
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Take the address of an engine that attaches to a host started by hand."""
        self._engine_address = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        """Return the version: that of the SDK whose protocol we speak."""
        return plugin_pb2.PluginInfo(version=pulumi_version._VERSION)

    def About(  # noqa: N802
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        """Say which Python runs the program."""
        try:
            return packages.about(project_python.of(request.info))
        except RefusedError as error:
            abort(context, error)

    def GetProgramDependencies(  # noqa: N802
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """List the installed distributions."""
        try:
            return packages.dependencies(
                project_python.of(request.info), transitive=request.transitiveDependencies
            )
        except RefusedError as error:
            abort(context, error)

    def GetRequiredPackages(  # noqa: N802
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """List the providers that the program may use."""
        try:
            return packages.required_packages(project_python.of(request.info))
        except RefusedError as error:
            abort(context, error)

    def InstallDependencies(  # noqa: N802
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Install the project's dependencies."""
        try:
            python = project_python.of(request.info)
            yield from install.install(python, context, self._children, is_plugin=request.is_plugin)
        except RefusedError as error:
            abort(context, error)

    def Run(  # noqa: N802
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Run the program."""
        return run(request, context, self._children, self._engine_address)

    def RunPlugin(  # noqa: N802
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a component provider or a policy pack."""
        try:
            yield from run_plugin(request, context, self._children)
        except RefusedError as error:
            abort(context, error)

    def GenerateProgram(  # noqa: N802
        self, request: language_pb2.GenerateProgramRequest, context: grpc.ServicerContext
    ) -> language_pb2.GenerateProgramResponse:
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
        return language_pb2.GenerateProgramResponse(source={"__main__.py": program.encode()})

    def GeneratePackage(  # noqa: N802
        self, request: language_pb2.GeneratePackageRequest, context: grpc.ServicerContext
    ) -> language_pb2.GeneratePackageResponse:
        """Refuse to write an SDK (`pulumi package add`)."""
        not_supported(context, "writing an SDK for a package")

    def GenerateProject(  # noqa: N802
        self, request: language_pb2.GenerateProjectRequest, context: grpc.ServicerContext
    ) -> language_pb2.GenerateProjectResponse:
        """Refuse to write a whole project (`pulumi convert`)."""
        not_supported(context, "writing a project in Python")

    def Cancel(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """End: the engine is done. A host that a person started waits for the next engine."""
        if not self._is_attached:
            self._ended.set()
        return empty_pb2.Empty()
