"""What is written below each attribute of a class: the one text about a setting, for people, editors and schemas.

It is read from the source, and only when a schema is made.
"""

import ast
import inspect
import sys
import textwrap
from operator import attrgetter
from typing import TypedDict, is_typeddict


def attribute_docstrings(type_: type) -> dict[str, str]:
    """Return the docstrings of a class's attributes, by attribute; of a `TypedDict` the inherited ones too."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(type_))).body
    if not isinstance(definition, ast.ClassDef):
        return {}
    texts: dict[str, str] = {}
    if is_typeddict(type_):
        # It forgets its bases when it runs, so they are read from the source.
        module = sys.modules[type_.__module__]
        for written in definition.bases:
            base = attrgetter(ast.unparse(written))(module)
            texts |= {} if base is TypedDict else attribute_docstrings(base)
    for attribute, text in zip(definition.body, definition.body[1:], strict=False):
        match attribute, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(docstring))),
            ):
                texts[name] = inspect.cleandoc(docstring)
    return texts
