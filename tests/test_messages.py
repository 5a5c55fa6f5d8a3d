"""A message has at most sixty words, or is a list. Measured in the source, because nobody provokes them all."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    *("components/pulumi_dbtcloud_datafold", "infra", "devstack", "toolchain", "localcloud"),
    *("benchmarks", "policy"),
)
MOST_WORDS = 60
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def words(text):
    """The words of the longest line: each point of a list is a line."""
    return max((len(line.split()) for line in text.splitlines()), default=0)


def longest(texts):
    return max(texts, key=words, default="x")


def is_of_a_message(function):
    """Whether a call makes one text of its arguments; a class other than these keeps them apart."""
    name = ast.unparse(function).rpartition(".")[2]
    return name.islower() or name.endswith(("Error", "Problem", "Finding"))


def assigned(nodes):
    """What is assigned to each name."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            found.setdefault(ast.unparse(node.targets[0]), []).append(node.value)
    return found


class Module:
    """The texts that the names of a module may stand for."""

    def __init__(self, file, arguments):
        self.tree = ast.parse(file.read_text(encoding="utf-8"))
        self.arguments = arguments
        self.bodies = [node for node in ast.walk(self.tree) if isinstance(node, FUNCTION)]
        self.functions = {body.name: body for body in self.bodies}
        self.assigned = {body: assigned(ast.walk(body)) for body in self.bodies}
        self.assigned[None] = assigned(self.tree.body)

    def text(self, node, body=None, seen=()):
        """The longest text that an expression may be; `x` for what is known at run time only."""
        of = lambda inner: self.text(inner, body, seen)  # noqa: E731
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=parts):
                return "".join(map(of, parts))
            case ast.FormattedValue(value=value):
                return of(value)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return of(left) + of(right)
            case ast.IfExp(body=one, orelse=other):
                return longest(map(of, (one, other)))
            case ast.Name(id=name) if name not in seen:
                values = self.assigned[body].get(name) or self.assigned[None].get(name, [])
                return longest(self.text(value, body, (*seen, name)) for value in values)
            case ast.Attribute(attr=name) if name in self.arguments:
                return self.arguments[name]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in self.functions and name not in seen
            ):
                inner = self.functions[name]
                results = [
                    child.value
                    for child in ast.walk(inner)
                    if isinstance(child, ast.Return | ast.Yield) and child.value
                ]
                return longest(self.text(value, inner, (*seen, name)) for value in results)
        return "x"

    def messages(self):
        """Each text, and the texts that one call gets, as `broken_rule(problem, fix)` does; by line."""
        for body in (*self.bodies, None):
            for node in ast.walk(body or self.tree):
                if isinstance(node, ast.Call) and is_of_a_message(node.func):
                    given = [*node.args, *(keyword.value for keyword in node.keywords)]
                    yield node.lineno, " ".join(self.text(value, body) for value in given)
                elif isinstance(node, ast.JoinedStr):
                    yield node.lineno, self.text(node, body)


def test_no_message_is_longer():
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    arguments = {}
    modules = {file: Module(file, arguments) for file in files}
    for module in modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg:
                text = module.text(node.value)
                arguments[node.arg] = longest([arguments.get(node.arg, "x"), text])

    too_long = {
        f"{file.relative_to(ROOT)}:{line}: {words(text)} words: {text}"
        for file, module in modules.items()
        for line, text in module.messages()
        if words(text) > MOST_WORDS
    }

    assert not too_long, "\n".join(sorted(too_long))
