"""The reference page of the API, written from its description: every operation with what it takes and answers."""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
INTRODUCTION = """# The API, operation by operation

Written by `duly client reference` from the description at `/api/v1/openapi.json`; README.md says how to sign in, to
page, to send again and to read errors, which is the same everywhere. Every operation may also answer with a problem.
"""


def reference_page(document: Document) -> str:
    """The page, as Markdown."""
    return "\n".join([INTRODUCTION, *_operations(document), *_shapes(document)]).rstrip() + "\n"


def _operations(document: Document) -> Iterator[str]:
    by_tag: dict[str, list[tuple[str, str, Document]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append((path, method, operation))
    for tag, operations in by_tag.items():
        yield f"## {tag.capitalize()}\n"
        for path, method, operation in operations:
            yield f"### {method.upper()} {path}\n"
            yield operation["description"].strip() + "\n"
            scopes = [scope for way in operation.get("security", []) for scope in way.get("OAuth2", [])]
            if scopes:
                also = ", or staff who are signed in" if len(operation["security"]) > 1 else ""
                yield f"Scope `{scopes[0]}`{also}.\n"
            yield from _parameters(operation)
            yield from _bodies(operation)


def _parameters(operation: Document) -> Iterator[str]:
    rows = [one for one in operation.get("parameters", []) if one["in"] != "path"]
    if rows:
        yield "| parameter | type | |\n|---|---|---|"
        for one in rows:
            name = f"{one['name']}{'' if one['required'] else '?'}"
            yield f"| `{name}` ({one['in']}) | {type_words(one['schema'])} | {_words(one)} |"
        yield ""


def _bodies(operation: Document) -> Iterator[str]:
    if "requestBody" in operation:
        for form, told in operation["requestBody"]["content"].items():
            yield f"Takes {form}: {type_words(told['schema'])}\n"
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            shapes = [type_words(told["schema"]) for told in answer.get("content", {}).values()]
            yield f"Answers {status}: {shapes[0] if shapes else 'nothing'}\n"


def _shapes(document: Document) -> Iterator[str]:
    yield "## Shapes\n"
    for name, shape in sorted(document["components"]["schemas"].items()):
        if "properties" not in shape:
            continue
        yield f"### {name}\n"
        if "description" in shape:
            yield " ".join(shape["description"].split()) + "\n"
        yield "| field | type | |\n|---|---|---|"
        required = shape.get("required", [])
        for field, schema in shape["properties"].items():
            yield f"| `{field}{'' if field in required else '?'}` | {type_words(schema)} | {_words(schema)} |"
        yield ""


def type_words(schema: Document) -> str:
    """The type of a schema in a few words, with a link where it is a shape of its own."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(type_words(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {type_words(schema.get('items', {}))}"
    if schema.get("type") == "object" and "properties" in schema:
        return "{" + ", ".join(f"{name}: {type_words(one)}" for name, one in schema["properties"].items()) + "}"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"object of {type_words(inner)}" if isinstance(inner, dict) else "object"
    return str(schema.get("format") or schema.get("type") or "any")


def _words(schema: Document) -> str:
    return " ".join(str(schema.get("description", "")).split()).replace("|", "\\|")
