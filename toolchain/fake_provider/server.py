# ruff: noqa: N802 - gRPC names the methods
"""The provider as the engine calls it, over gRPC.

Source of the contract: the comments in `pulumi/runtime/proto/provider_pb2_grpc.py`.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import grpc
from google.protobuf import empty_pb2, struct_pb2
from grpc import ServicerContext as Context
from pulumi.runtime.proto import engine_pb2, plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from toolchain.fake_provider import config, lookups, sdk
from toolchain.fake_provider.api import Api
from toolchain.fake_provider.engine_log import EngineLog
from toolchain.fake_provider.environment import Environment
from toolchain.fake_provider.environment_variable import (
    EnvironmentVariable,
    EnvironmentVariableJobOverride,
)
from toolchain.fake_provider.failure import NotFoundError, ProviderError
from toolchain.fake_provider.job import Job
from toolchain.fake_provider.notification import Notification
from toolchain.fake_provider.project import Project
from toolchain.fake_provider.resource import Plan, Resource
from toolchain.fake_provider.schema import schema
from toolchain.fake_provider.service_token import ServiceToken
from toolchain.fake_provider.values import Properties, decode, encode
from toolchain.fake_provider.version import PROVIDER_VERSION
from toolchain.fake_provider.webhook import Webhook

RESOURCES: dict[str, Resource] = {
    resource.shape.token: resource
    for resource in (
        Environment(),
        EnvironmentVariable(),
        EnvironmentVariableJobOverride(),
        Job(),
        Notification(),
        Project(),
        ServiceToken(),
        Webhook(),
    )
}
"""Every resource, by its type token."""

_NAME = "name"

_NOTICE = f"fake dbtcloud provider {PROVIDER_VERSION}: reaches this machine only"


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine's calls, several at a time."""

    def __init__(self, engine_log: EngineLog, *, on_cancel: Callable[[], None]) -> None:
        """Prepare an unconfigured provider.

        Args:
            engine_log: Where messages for the user go.
            on_cancel: Called when the engine asks for the end of all work.
        """
        self._engine_log = engine_log
        self._on_cancel = on_cancel
        self._cancelled = threading.Event()
        self._configured: Api | None = None

    def cancel(self) -> None:
        """Begin no attempt any more; what was sent is still awaited."""
        self._cancelled.set()

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:
        """Serve an engine that attaches to a provider started by hand (PULUMI_DEBUG_PROVIDERS).

        Engines attach one after the other; none of them ends the provider.
        """
        self._engine_log.address = request.address
        self._on_cancel = lambda: None
        self._cancelled = threading.Event()
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:
        """The version of the official provider that the SDK asks for."""
        return plugin_pb2.PluginInfo(version=PROVIDER_VERSION)

    def GetSchema(self, request: pb.GetSchemaRequest, context: Context) -> pb.GetSchemaResponse:
        """The types that the fake provider has."""
        functions = [sdk.function(token.rsplit(":", 1)[-1]) for token in lookups.FUNCTIONS]
        return pb.GetSchemaResponse(schema=schema(RESOURCES.values(), functions))

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:
        """Begin no attempt any more, and end."""
        self.cancel()
        self._on_cancel()
        return empty_pb2.Empty()

    def CheckConfig(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Look over the configuration; the token in it becomes a secret."""
        properties = decode(request.news)
        _, name = _type_and_name(request.urn)
        return pb.CheckResponse(
            inputs=encode(properties, config.SECRETS),
            failures=_failures(config.problems(properties, provider_name=name)),
        )

    def DiffConfig(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """What changed in the configuration; nothing of it replaces any resource."""
        before, after = decode(request.old_inputs), decode(request.news)
        changed = sorted(
            key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        )
        if not changed:
            return pb.DiffResponse()
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_SOME, diffs=changed)

    def Configure(self, request: pb.ConfigureRequest, context: Context) -> pb.ConfigureResponse:
        """Take the configuration, and see that the token opens the account.

        As the official provider, it does not announce that it accepts secrets: the engine then takes
        the marks off what it sends, and puts them back on what it gets.
        """
        with _clean_errors(context):
            settings = config.settings(decode(request.args))
            if settings:
                api = Api(settings, self._cancelled)
                api.verify_account()
                self._configured = api
                self._engine_log.send(engine_pb2.INFO, request.urn, _NOTICE)
        return pb.ConfigureResponse(
            supportsPreview=True, acceptResources=True, supports_autonaming_configuration=True
        )

    def Invoke(self, request: pb.InvokeRequest, context: Context) -> pb.InvokeResponse:
        """Read something that the program does not declare."""
        with _clean_errors(context):
            call = lookups.FUNCTIONS.get(request.tok)
            if not call:
                raise _unknown("function", request.tok, lookups.FUNCTIONS)
            answer = call(self._api, decode(request.args))
        response = pb.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(answer))  # a keyword of Python
        return response

    def Check(self, request: pb.CheckRequest, context: Context) -> pb.CheckResponse:
        """Look over what the program declares; a resource without a name gets one."""
        with _clean_errors(context):
            resource, name = _resource(request.urn)
            inputs = decode(request.news)
            if _NAME in resource.shape.inputs and _NAME not in inputs:
                inputs |= _automatic_name(request, name)
            failures = resource.check(name, inputs)
        return pb.CheckResponse(
            inputs=encode(inputs, resource.secrets), failures=_failures(failures)
        )

    def Diff(self, request: pb.DiffRequest, context: Context) -> pb.DiffResponse:
        """Which properties an update would change, and whether it needs a new resource."""
        with _clean_errors(context):
            _, _, plan = _planned(request)
        kind = pb.DiffResponse
        return kind(
            changes=kind.DIFF_SOME if plan.changed else kind.DIFF_NONE,
            diffs=plan.changed,
            replaces=plan.replaces,
        )

    def Create(self, request: pb.CreateRequest, context: Context) -> pb.CreateResponse:
        """Make a resource, or in a preview say what it would be."""
        with _clean_errors(context):
            resource, _ = _resource(request.urn)
            plan = resource.plan(None, decode(request.properties))
            if request.preview:
                return pb.CreateResponse(properties=encode(plan.state, resource.secrets))
            found = resource.create(self._api, plan.state)
        return pb.CreateResponse(id=found.id, properties=encode(found.state, resource.secrets))

    def Read(self, request: pb.ReadRequest, context: Context) -> pb.ReadResponse:
        """The resource as it is now; an answer without an id if it is gone.

        The engine takes such an answer to a refresh for a deletion. Of an import it makes a resource
        without any properties, as it does with the official provider.
        """
        with _clean_errors(context):
            resource, _ = _resource(request.urn)
            state = decode(request.properties)
            try:
                found = resource.read(self._api, request.id, state)
            except NotFoundError:
                found = None
            if not found:
                if resource.missing_warning:
                    message = f"[WARNING] {resource.missing_warning}: Resource not found"
                    self._engine_log.send(engine_pb2.WARNING, request.urn, message)
                return pb.ReadResponse(properties=struct_pb2.Struct(), inputs=struct_pb2.Struct())
            declared = decode(request.inputs)
            inputs = (
                resource.inputs_after_refresh(declared, found.state)
                if declared
                else resource.inputs_of_import(found.state)
            )
        return pb.ReadResponse(
            id=found.id,
            properties=encode(found.state, resource.secrets),
            inputs=encode(inputs, resource.secrets),
        )

    def Update(self, request: pb.UpdateRequest, context: Context) -> pb.UpdateResponse:
        """Change a resource in place, or in a preview say what it would be."""
        with _clean_errors(context):
            resource, state, plan = _planned(request)
            after = plan.state
            if not request.preview:
                after = resource.update(self._api, state, plan.state)
        return pb.UpdateResponse(properties=encode(after, resource.secrets))

    def Delete(self, request: pb.DeleteRequest, context: Context) -> empty_pb2.Empty:
        """Take a resource away."""
        with _clean_errors(context):
            resource, _ = _resource(request.urn)
            resource.delete(self._api, decode(request.properties))
        return empty_pb2.Empty()

    @property
    def _api(self) -> Api:
        if self._configured is None:
            message = (
                "the dbtcloud provider's account, host or token is not known yet: they come from a "
                "resource that does not exist; create that one first"
            )
            raise ProviderError(message)
        return self._configured


@contextmanager
def _clean_errors(context: Context) -> Iterator[None]:
    """Give the engine the text of an error, without the traces of how it came about."""
    try:
        yield
    except ProviderError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
    except KeyError as error:
        context.abort(
            grpc.StatusCode.UNKNOWN, f"the service's answer lacks a field that is needed: {error}"
        )


def _resource(urn: str) -> tuple[Resource, str]:
    token, name = _type_and_name(urn)
    if token not in RESOURCES:
        raise _unknown("resource", token, RESOURCES)
    return RESOURCES[token], name


def _type_and_name(urn: str) -> tuple[str, str]:
    """The type token and the name in a URN; the types of its parents come before a `$`."""
    _, _, types, name = urn.split("::", 3)
    return types.rsplit("$", 1)[-1], name


def _unknown(what: str, token: str, existing: Iterable[str]) -> ProviderError:
    return ProviderError(
        f"the fake dbtcloud provider has no {what} {token}; it has "
        f"{', '.join(sorted(existing))}. The official provider has more: run `make "
        "official-provider`."
    )


def _automatic_name(request: pb.CheckRequest, name: str) -> Properties:
    """The display name of a resource declared without one; an earlier one stays."""
    options = request.autonaming
    modes = pb.CheckRequest.AutonamingOptions
    if request.HasField("autonaming") and options.mode == modes.DISABLE:
        return {}
    earlier = decode(request.olds).get(_NAME)
    if earlier:
        return {_NAME: earlier}
    if options.proposed_name:
        return {_NAME: options.proposed_name}
    # Its own name, and something of chance.
    return {_NAME: f"{name}-{hashlib.sha256(request.randomSeed).hexdigest()[:7]}"}


def _planned(request: pb.DiffRequest | pb.UpdateRequest) -> tuple[Resource, Properties, Plan]:
    """A resource, its state, and what is to become of it; what the program wants left alone stays."""
    resource, _ = _resource(request.urn)
    state, inputs = decode(request.olds), decode(request.news)
    for path in request.ignoreChanges:
        # The engine has already dealt with paths inside a value.
        inputs.pop(path, None)
        inputs |= {path: state[path]} if path in state else {}
    return resource, state, resource.plan(state, inputs)


def _failures(reasons: Sequence[str]) -> list[pb.CheckFailure]:
    return [pb.CheckFailure(reason=reason) for reason in reasons]
