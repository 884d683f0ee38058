"""Read YAML 1.2's core: plain values, the line of every key, nothing that expands or executes."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

DEEPEST = 20
Where = tuple[str | int, ...]

# YAML 1.2, 10.3.2. The library's own YAML 1.1 reads 22:30 as 1350 and a list named "no" as false.
_PLAIN: tuple[tuple[str, str, str], ...] = (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
        r"|\.(?:nan|NaN|NAN))$",
        "-+0123456789.",
    ),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place.

    Attributes:
        line: counted from 1.
        where: keys and positions that lead there.
    """

    line: int
    where: Where
    expected: str
    found: str

    def told(self, file: str) -> str:
        """Return it in one line, for a user who has the file open."""
        dotted = _dotted(self.where)
        place = f"{file}:{self.line}: " + (f"{dotted}: " if dotted else "")
        return f"{place}expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class Document:
    """What a file says, and where it says it.

    Attributes:
        value: dicts, lists, text, numbers, booleans and None.
        lines: line of every key and entry, counted from 1.
        problems: keys that occur twice or are not text.
    """

    value: Any = None
    lines: dict[Where, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _Refused(Exception):
    def __init__(self, line: int, expected: str, found: str) -> None:
        super().__init__(expected)
        self.line, self.expected, self.found = line, expected, found


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - declared so by the library
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            # An alias of an alias of an alias turns a kilobyte into a terabyte.
            raise _Refused(mark.line + 1, "every value written out", "an alias (*)")
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Refused(mark.line + 1, f"at most {DEEPEST} levels", "more")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(
        _tag, re.compile(_pattern), [letter.replace("\0", "") for letter in _first]
    )


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    match node.tag.rpartition(":")[2]:
        case "str":
            return text
        case "bool":
            return text.lower() == "true"
        case "int":
            # Python refuses to convert thousands of digits; so do we, as text.
            return int(text) if len(text) < 20 else text
        case "float":
            return float(text.replace(".inf", "inf").replace(".nan", "nan"))
        case "null":
            return None
    raise _Refused(node.start_mark.line + 1, "a plain value", f"the tag {node.tag!r}"[:60])


def _read(node: yaml.Node, where: Where, document: Document) -> Any:
    document.lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if not node.tag.endswith((":seq", ":map")):
        raise _Refused(node.start_mark.line + 1, "a plain value", f"the tag {node.tag!r}"[:60])
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, (*where, row), document) for row, item in enumerate(node.value)]
    read: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Refused(line, "text as a key", "something else")
        key: str = key_node.value
        here = (*where, key)
        if key in read:
            document.problems.append(
                Problem(
                    line, here, "every key once", f"it again, after line {document.lines[here]}"
                )
            )
            continue
        document.lines[here] = line
        read[key] = _read(value_node, here, document)
    return read


def read_yaml(text: str) -> Document:
    """Read one YAML document; what cannot be read at all is the only problem then."""
    document = Document()
    try:
        node = _Loader(text).get_single_node()
        if node is not None:
            document.value = _read(node, (), document)
    except _Refused as refusal:
        document.problems.append(Problem(refusal.line, (), refusal.expected, refusal.found))
    except yaml.MarkedYAMLError as error:
        # The library's own message quotes the text, which may be a password.
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        wanted, _, found = (error.problem or "").removeprefix("expected ").partition(", but ")
        document.problems.append(
            Problem(line, (), wanted, found.removeprefix("found ").removeprefix("got "))
            if found
            else Problem(line, (), "YAML", wanted or "something else")
        )
    except yaml.YAMLError as error:
        document.problems.append(Problem(1, (), "YAML", str(error).splitlines()[0]))
    return document


def _dotted(where: Where) -> str:
    text = ""
    for part in where:
        # A key of the file may be anything, so only its printable form is shown.
        name = part if isinstance(part, str) and part.isprintable() else ascii(part)
        text += f"[{part}]" if isinstance(part, int) else f".{name}" if text else str(name)
    return text
