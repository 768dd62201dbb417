"""Fixtures of the site's tests: the folder, a plain web server, and a page in Chromium."""

import functools
import http.server
import threading

import pytest

from emotion_lib.app.site.write import write_site


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Write the site. npm, LiteRT.js in its cache or a network, and blazeface must be there."""
    folder = tmp_path_factory.mktemp("served") / "lab"
    write_site(folder)
    return folder


@pytest.fixture(scope="session")
def site_address(site):
    """Serve the site from a folder below the server's root, as `python -m http.server` does."""
    handler = functools.partial(QuietHandler, directory=site.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{site.name}/"
        server.shutdown()


@pytest.fixture(scope="session")
def site_page(site_address, browser):
    """Open the site once, and check at the end that nothing was asked of another host.

    Its Content-Security-Policy forbids Playwright's wait_for_function.
    """
    requested = []
    failed = []
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(f"{message.text} {message.location}"))
    page.goto(site_address)
    page.wait_for_selector("emotion-stage [role=tab]")
    yield page
    context.close()
    own = (site_address, "data:", "blob:")
    assert [url for url in requested if not url.startswith(own)] == []
    assert failed == []
