"""``/docs``: the API on one page, which needs no other host.

FastAPI's own page loads its scripts from another host.
"""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from ..service import Service

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark; }
h2 { margin-top: 2.5rem; } code { font-size: 0.95em; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: 0.2rem 1rem 0.2rem 0; }
"""


def router(service: Service) -> APIRouter:
    """Return the route of the documentation."""
    routes = APIRouter()

    @routes.get("/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        return HTMLResponse(page(request.app.openapi()))

    return routes


def page(api: dict) -> str:
    """Return the documentation of an API as HTML.

    Args:
        api: its OpenAPI description.
    """
    title = escape(f"{api['info']['title']} {api['info']['version']}: API")
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>",
        '<p>Every error is <code>{"detail": "Expected ... Received: ..."}</code>. '
        '<a href="openapi.json">openapi.json</a> is for programs.</p>',
    ]
    for path, methods in api["paths"].items():
        for method, route in methods.items():
            parts.append(_route(method.upper(), path, route))
    parts.append("<h1>Objects</h1>")
    for name, schema in api["components"]["schemas"].items():
        parts.append(_object(name, schema))
    return "\n".join(parts)


def _route(method: str, path: str, route: dict) -> str:
    parts = [f"<h2><code>{method} {escape(path)}</code></h2>"]
    parts.append(f"<p>{escape(route.get('description', route.get('summary', '')))}</p>")
    rows = []
    for parameter in route.get("parameters", ()):
        rows.append(_row(parameter["name"], parameter["schema"], parameter.get("description")))
    for kind, content in route.get("requestBody", {}).get("content", {}).items():
        rows.append(f"<tr><th colspan=3>{escape(kind)}</th></tr>")
        for name, schema in content["schema"].get("properties", {}).items():
            rows.append(_row(name, schema, schema.get("description")))
    if rows:
        parts.append(f"<table>{''.join(rows)}</table>")
    answers = []
    for status, answer in route["responses"].items():
        schemas = [one.get("schema", {}) for one in answer.get("content", {}).values()]
        kinds = ", ".join(_type(schema) for schema in schemas)
        answers.append(
            f"<tr><td>{status}</td><td>{kinds}</td><td>{escape(answer['description'])}</td></tr>"
        )
    parts.append(f"<table><tr><th colspan=3>Answers</th></tr>{''.join(answers)}</table>")
    return "".join(parts)


def _object(name: str, schema: dict) -> str:
    rows = []
    for field, part in schema.get("properties", {}).items():
        rows.append(_row(field, part, part.get("description")))
    description = escape(schema.get("description", ""))
    anchor = escape(name)
    return f'<h2 id="{anchor}">{anchor}</h2><p>{description}</p><table>{"".join(rows)}</table>'


def _row(name: str, schema: dict, description: str | None) -> str:
    return (
        f"<tr><td><code>{escape(name)}</code></td><td>{_type(schema)}</td>"
        f"<td>{escape(description or '')}</td></tr>"
    )


def _type(schema: dict) -> str:
    """Return the type of a value in words, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(escape(repr(value)) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(schema.get("format") or schema.get("type", "any"))
