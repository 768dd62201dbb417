"""A page of HTML that needs nothing but itself and the images beside it."""

import html
from collections.abc import Callable, Mapping
from functools import partial
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..environment import require
from .html_math import draw_formulas

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

# Nothing is loaded from anywhere else, whatever a notebook's output holds, and no script runs.
_POLICY = "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'"
_SHORT = 30  # characters of a cell that stays on one line
_STYLE = """
:root { color-scheme: light dark; --text: #222; --page: #fff; --line: #d5d5d5; --soft: #f4f4f4;
  --link: #0058a3; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 72rem; margin: 0 auto 4rem;
  padding: 0 1rem; color: var(--text); background: var(--page); overflow-wrap: break-word; }
p, li, summary { max-width: 50rem; }
nav { padding: .8rem 0; border-bottom: 1px solid var(--line); }
nav a { margin-right: 1.2rem; }
a { color: var(--link); }
h1 { font-size: 1.7rem; line-height: 1.25; }
h2 { font-size: 1.3rem; margin-top: 2.2rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; font-size: .85rem; }
pre code { overflow-wrap: normal; }
img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
.math { background: none; border-radius: 0; }
summary { cursor: pointer; padding: .3rem 0; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .87rem; }
table, th, td { border: 0; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; min-width: 9rem; }
.short { min-width: 0; white-space: nowrap; }
th { font-weight: 600; }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--page);
  max-width: 42vw; white-space: normal; }
.prompt, .jp-InputPrompt, .jp-OutputPrompt, .anchor-link { display: none; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e4e4; --page: #16181c; --line: #3d4148; --soft: #22262c; --link: #8cc4ff; }
  .math { filter: invert(0.9); }
}
"""


def html_page(
    title: str, body: str, source: Path, target: Path, pages: Mapping[Path, Path], start: Path
) -> str:
    """Return a page around a part of HTML, whose links and images lead to files here.

    Wide tables scroll in a box of their own, so that the page fits a phone.

    Args:
        title: of the window.
        body: HTML; its links are relative to the source.
        source: the file that the body was made from.
        target: where the page goes.
        pages: paths of sources and of images, and where they are beside the target.
        start: path of the first page.
    """
    require("nbconvert")
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(body, "html.parser")
    for tag in soup(["script", "link", "iframe", "object", "embed"]):
        tag.decompose()
    draw_formulas(soup)
    for tag in soup(id=True):
        tag["id"] = str(tag["id"]).lower()  # as on the page of a repository
    _fit_tables(soup)
    address = partial(_address, source=source, target=target, pages=pages)
    _show_images(soup, address)
    for link in soup("a", href=True):
        here = address(str(link["href"]))
        if here is None:
            link.unwrap()
        else:
            link["href"] = here
    home = relpath(start, target.parent)
    index = relpath(start.with_name("notebooks.html"), target.parent)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}{_code_style()}</style></head><body>"
        f'<nav><a href="{home}">All results</a><a href="{index}">All notebooks</a></nav>'
        f"<main>{soup}</main></body></html>\n"
    )


def _fit_tables(soup: "BeautifulSoup") -> None:
    """Put each table into a box that scrolls; short cells stay on one line."""
    for table in soup("table"):
        for cell in table(["th", "td"]):
            if len(cell.text) <= _SHORT:
                cell["class"] = "short"
        table.wrap(soup.new_tag("div", attrs={"class": "wide", "tabindex": "0"}))


def _show_images(soup: "BeautifulSoup", address: Callable[[str], str | None]) -> None:
    """Lead images to files here, and remove those from elsewhere or of a missing file."""
    for image in soup("img", src=True):
        original = str(image["src"])
        if original.startswith("data:"):
            continue
        here = address(original)
        if here is None or ":" in here:
            image.decompose()
            continue
        image["src"] = here
        image["loading"] = "lazy"
        if image.find_parent("a") is None:  # to enlarge it on a phone
            image.wrap(soup.new_tag("a", href=original))


def _address(address: str, source: Path, target: Path, pages: Mapping[Path, Path]) -> str | None:
    """Return an address relative to the target; None if the file that it means is not here."""
    path, hash_sign, fragment = address.partition("#")
    if ":" in path or not path:
        return address.lower() if not path else address
    file = (source.parent / unquote(path)).resolve()
    file = pages.get(file, file)
    if file not in pages.values() and not file.exists():
        return None
    return relpath(file, target.parent) + hash_sign + fragment


def _code_style() -> str:
    """Return the colours of code, for light and for dark pages."""
    from pygments.formatters import HtmlFormatter

    light = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    return (
        f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
        ".highlight { background: none; }"
    )
