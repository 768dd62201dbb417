"""The Gradio page: it shows the stage, and gives programs and agents its endpoints."""

import re
from collections.abc import Callable

import gradio as gr
import jinja2
from fastapi import FastAPI, HTTPException
from gradio import routes

from . import endpoints
from .api import STAGE
from .service import Service

TITLE = "Emotion lab"
DESCRIPTION = "Which expression would others see in these faces? Photographs, videos and a camera."
# The stage fills the window.
CSS = """
footer { display: none !important; }
.gradio-container, .gradio-container .fillable, #stage .html-container { padding: 0 !important; }
"""
# Gradio's own tags name Gradio and an image on another host. What stands here is in the page when
# it arrives: what reads links runs no script, and the stage begins to load before Gradio does.
_HEAD = f"""
<title>{TITLE}</title>
<meta name="description" content="{DESCRIPTION}" />
<meta name="color-scheme" content="light dark" />
<meta property="og:type" content="website" />
<meta property="og:title" content="{TITLE}" />
<meta property="og:description" content="{DESCRIPTION}" />
<meta property="og:image" content="{{{{ config['root'] }}}}/stage/card.png" />
<meta name="twitter:card" content="summary_large_image" />
<link rel="icon" href="stage/icon.svg" type="image/svg+xml" />
<script type="module" src="stage/main.js"></script>
"""
_OTHER_TAGS = re.compile(
    r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*|<link rel="manifest"[^>]*>'
)


def build(service: Service) -> gr.Blocks:
    """Return the page.

    Args:
        service: reads the pictures of the endpoints for programs.
    """
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.HTML("<emotion-stage></emotion-stage>", apply_default_css=False, elem_id="stage")
        endpoints.add(service)
    return page


def mount(api: FastAPI, service: Service, *, root_path: str = "", mcp: bool = False) -> FastAPI:
    """Return the application with the page at ``/``.

    Args:
        api: gets the page.
        service: reads the pictures of the endpoints for programs.
        root_path: prefix of the address, which a proxy removes from requests.
        mcp: give agents the endpoints by the Model Context Protocol, at ``/gradio_api/mcp/``. The
            start then takes a second and a half longer.
    """
    _refuse_other_routes(api)
    routes.templates.env.loader = _Loader(routes.STATIC_TEMPLATE_LIB)
    page = build(service)
    # Gradio checks only for a page of launch() that a file which a client names was uploaded
    # before; of a mounted one it would read any file of this machine for it.
    page.has_launched = True
    return gr.mount_gradio_app(
        api,
        page,
        path="/",
        root_path=root_path or None,
        css=CSS,
        favicon_path=str(STAGE / "icon.svg"),
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=service.settings.upload_bytes,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=mcp,
    )


def _refuse_other_routes(api: FastAPI) -> None:
    """Keep requests to routes that the API does not have from Gradio, which takes all others."""

    @api.api_route("/api/{path:path}", methods=["GET", "POST", "DELETE"], include_in_schema=False)
    def unknown(path: str) -> None:
        raise HTTPException(404, "Not Found")


class _Loader(jinja2.FileSystemLoader):
    """Gradio's templates, with the tags of this page in their head."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, name, is_current = super().get_source(environment, template)
        source = _OTHER_TAGS.sub("", source)
        return source.replace("</head>", f"{_HEAD}</head>"), name, is_current
