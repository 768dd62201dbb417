import base64

from bs4 import BeautifulSoup

from emotion_lib.experiments.html_math import draw_formulas


def drawn(html):
    soup = BeautifulSoup(html, "html.parser")
    draw_formulas(soup)
    return soup


def test_formulas_become_pictures_within_their_text():
    soup = drawn(r"<p>Of $n$ images, $$\tfrac{b - c}{n} \le \bigl|x\bigr|$$ is the rest.</p>")
    assert [image["alt"] for image in soup("img")] == ["n", r"\tfrac{b - c}{n} \le \bigl|x\bigr|"]
    assert soup.text == "Of  images,  is the rest."
    for image in soup("img"):
        assert image["style"].startswith("height: ")
        assert b"<svg" in base64.b64decode(image["src"].partition(",")[2])


def test_code_prices_and_what_cannot_be_drawn_stay():
    for html in (
        "<pre>$HOME and $PATH</pre>",
        "<p>It costs $5 or $6.</p>",
        r"<p>$\begin{cases}a\end{cases}$</p>",
    ):
        assert str(drawn(html)) == html


def test_a_formula_may_be_broken_between_lines():
    assert len(drawn("<p>rare: $p =\n0.006$.</p>")("img")) == 1
    assert not drawn("<p>$5 each,\n\nand $6</p>")("img")
