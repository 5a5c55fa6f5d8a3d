"""The SDK's gRPC stubs without the SDK.

Importing `pulumi` loads all of the SDK, which takes longer than everything else the language host does before it
answers; and the engine starts it twice for each command. Of the SDK it needs `pulumi.runtime.proto` alone.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def restrict() -> None:
    """Let this process import only the submodules of `pulumi` that it names; to be called before it imports any."""
    found = importlib.util.find_spec("pulumi")
    if found is None or found.origin is None:
        return  # The import that follows says that it is missing.
    folder = Path(found.origin).parent
    for name, path in (("pulumi", folder), ("pulumi.runtime", folder / "runtime")):
        module = ModuleType(name)
        module.__path__ = [str(path)]
        sys.modules[name] = module
