"""Formulas of notebooks as pictures: a page without scripts cannot typeset them itself."""

import base64
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$((?:[^$\n]|\n(?!\n))+?)\$(?!\d)", re.DOTALL)
# What matplotlib writes otherwise, or not at all.
_OTHER_NAMES = (
    (re.compile(r"\\[Bb]igg?[lr]?(?![a-zA-Z])|\\(?:left|right)(?=[|()\[\]])"), ""),
    (re.compile(r"\\tfrac"), r"\\frac"),
    (re.compile(r"\\le(?![a-z])"), r"\\leq"),
    (re.compile(r"\\ge(?![a-z])"), r"\\geq"),
    (re.compile(r"\\[lr]vert(?![a-z])"), "|"),
    (re.compile(r"\\[lr]Vert(?![a-z])"), r"\\Vert"),
)
_SIZE = re.compile(r'<svg [^>]*?height="([\d.]+)pt"', re.DOTALL)
_FONT = 10  # points, in which a formula is drawn


def draw_formulas(soup: "BeautifulSoup") -> None:
    """Replace the formulas of a page, in dollar signs as in notebooks, by pictures.

    A formula that matplotlib cannot draw stays as it is written.

    Args:
        soup: the page, which is changed.
    """
    for text in soup.find_all(string=_FORMULA):
        if text.find_parent(["pre", "code", "style"]):
            continue
        place = 0
        for match in _FORMULA.finditer(text):
            picture = _picture(match[1] or match[2], soup)
            if picture is not None:
                text.insert_before(text[place : match.start()], picture)
                place = match.end()
        text.replace_with(text[place:])


def _picture(formula: str, soup: "BeautifulSoup") -> "Tag | None":
    """Return a formula as an image as high as its text; None if it cannot be drawn."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image

    written = " ".join(formula.split())
    for pattern, other in _OTHER_NAMES:
        written = pattern.sub(other, written)
    file = io.BytesIO()
    try:
        with matplotlib.rc_context({"savefig.transparent": True}):
            depth = math_to_image(f"${written}$", file, FontProperties(size=_FONT), 72, "svg")
    except ValueError:
        return None
    height = float(_SIZE.search(file.getvalue().decode())[1])
    data = base64.b64encode(file.getvalue()).decode()
    style = f"height: {height / _FONT:.2f}em; vertical-align: {-depth / _FONT:.2f}em"
    attributes = {"src": f"data:image/svg+xml;base64,{data}", "alt": formula, "class": "math"}
    return soup.new_tag("img", attrs=attributes | {"style": style})
