"""Start the language host, as the engine does: `... [--tracing URL] [-v=N] ENGINE_ADDRESS`."""

import sys

from toolchain.language_host import protocol_only

if __name__ == "__main__":
    protocol_only.restrict()
    from toolchain.language_host.serving import serve

    serve(sys.argv[1:])
