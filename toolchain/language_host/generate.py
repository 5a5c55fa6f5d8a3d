"""Answer `GenerateProgram`: the code that `pulumi import` suggests."""

import grpc
from pulumi.runtime.proto import language_pb2
from pulumi.runtime.proto.codegen import hcl_pb2

from toolchain.language_host import package_schema, pcl, python_source


def generate(request: language_pb2.GenerateProgramRequest) -> language_pb2.GenerateProgramResponse:
    """Return `__main__.py` for the PCL in `request`, or diagnostics that say why not."""
    blocks: list[pcl.Block] = []
    for name, text in sorted(request.source.items()):
        try:
            blocks += pcl.parse(text)
        except pcl.PclError as error:
            return _refused(f"cannot read the program: {error}", name, error.line)
    try:
        program = python_source.write(blocks, package_schema.from_engine(request.loader_target))
    except python_source.NotWritableError as error:
        [name, *_] = sorted(request.source)
        problem = f"this language host cannot write {error} in Python"
        return _refused(problem, name, error.line)
    except grpc.RpcError as error:
        return _refused(f"the schema of a package cannot be had: {error.details()}")
    return language_pb2.GenerateProgramResponse(source={"__main__.py": program.encode()})


def _refused(summary: str, file: str = "", line: int = 0) -> language_pb2.GenerateProgramResponse:
    position = hcl_pb2.Pos(line=line, column=1)
    subject = hcl_pb2.Range(filename=file, start=position, end=position) if file else None
    detail = (
        "The import itself is not undone by this. Write the resource by hand, or generate the code "
        "with Pulumi's own language host."
    )
    diagnostic = hcl_pb2.Diagnostic(
        severity=hcl_pb2.DIAG_ERROR, summary=summary, detail=detail, subject=subject
    )
    return language_pb2.GenerateProgramResponse(diagnostics=[diagnostic])
