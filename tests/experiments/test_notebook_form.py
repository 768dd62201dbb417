"""The form in which every numbered notebook teaches: sections, exercises, width of its lines.

``fault_list`` returns everything that a notebook lacks.
"""

import ast
import re
from collections import Counter
from functools import cache

import nbformat
import pytest

from emotion_lib import paths
from emotion_lib.experiments import findings, notebooks

SECTIONS = [
    "Concept",
    "Parameters",
    "Data",
    "Model",
    "Training",
    "Evaluation",
    "Export",
    "Findings",
    "Exercises",
    "References",
    "Next",
]
# Sections of notebooks that record no run; the others are as they need them.
FEWEST_SECTIONS = ["Parameters", "Findings"]
ROWS = {"Data", "Result", "Time", "Command"}
WIDEST = 100
EXERCISES = ("**1. Predict.**", "**2. Change.**", "**3. Explain.**")
# A phrase of this many characters may stand word for word in this many notebooks.
LONGEST_PHRASE = 120
MOST_NOTEBOOKS = 4
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@cache
def cells_of(path, kind):
    """Return the sources of a notebook's cells of one kind, in order."""
    found = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in found if cell.cell_type == kind]


def sections_of(path):
    """Return the prose of each section, the one before the first heading under ""."""
    found = {"": ""}
    title = ""
    for text in cells_of(path, "markdown"):
        for line in text.splitlines():
            if line.startswith("## "):
                title = line[3:].strip()
            found[title] = found.get(title, "") + line + "\n"
    return found


def is_comparison(path):
    """Return whether a notebook only compares recorded runs; the course ends before it."""
    return path.name >= "90"


def fault_list(path):
    """Return one sentence for everything in which a notebook does not have the form."""
    faults = [*title_faults(path), *section_faults(path), *width_faults(path), *code_faults(path)]
    faults += [*findings_faults(path), *phrase_faults(path)]
    if not is_comparison(path):
        faults += [*exercise_faults(path), *link_faults(path)]
    return faults


def title_faults(path):
    first = cells_of(path, "markdown")[0]
    if not first.startswith(f"# {path.stem[:2]} · "):
        yield f"the title does not begin with # {path.stem[:2]} ·"
    if "**Question.**" not in first:
        yield "the first cell has no **Question.**"
    rows = set(re.findall(r"^\| (\w[\w ]*) \|", first, re.MULTILINE))
    if not {"Time", "Command"} <= rows <= ROWS:
        yield f"the rows of the first table are {sorted(rows)}, not Time, Command and of {ROWS}"


def section_faults(path):
    titles = [title for title in sections_of(path) if title not in ("", "Imports")]
    if "save_run(" in path.read_text(encoding="utf-8"):
        if titles != SECTIONS:
            yield f"the sections are {titles}, not {SECTIONS}"
        return
    in_order = [title for title in SECTIONS if title in titles]
    if not set(FEWEST_SECTIONS) <= set(titles):
        yield f"the sections {titles} lack one of {FEWEST_SECTIONS}"
    if [title for title in titles if title in SECTIONS] != in_order:
        yield f"the sections {titles} are not in the order of {SECTIONS}"


def width_faults(path):
    """Rows of tables, links and lines with markers cannot be broken."""
    for source in cells_of(path, "code"):
        for line in source.splitlines():
            if len(line) > WIDEST:
                yield f"{len(line)} columns of code: {line}"
    for source in cells_of(path, "markdown"):
        for line in source.splitlines():
            whole = line.startswith("|") or "http" in line or "<!--" in line
            if len(line) > WIDEST and not whole:
                yield f"{len(line)} columns of prose: {line}"
            if re.match(r"\s*<!-- \w+\(", line):
                yield f"a line begins with a marker, so Markdown takes it for HTML: {line}"


def code_faults(path):
    for source in cells_of(path, "code"):
        for node in ast.walk(ast.parse(re.sub(r"^%.*$", "", source, flags=re.MULTILINE))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                yield f"a function or class: {node.name}"
            if isinstance(node, COMPREHENSIONS) and not is_simple(node):
                yield f"more than one for and one if: {ast.unparse(node)}"


def is_simple(comprehension):
    """Return whether a comprehension has one ``for``, at most one ``if``, and none within it."""
    generators = comprehension.generators
    inner = [node for node in ast.walk(comprehension) if isinstance(node, COMPREHENSIONS)]
    return len(generators) == 1 and len(generators[0].ifs) <= 1 and len(inner) == 1


def findings_faults(path):
    text = sections_of(path).get("Findings", "")
    if not re.search(r"^- ", text, re.MULTILINE):
        yield "the Findings are no list"
    for number in unexplained_numbers(text, notebooks.parameters(path)):
        yield f"a figure of the Findings is neither marked nor a parameter: {number}"


def unexplained_numbers(text, parameters):
    """Return the numbers outside markers, code and citations that are no values of parameters."""
    kept = re.sub(r"<!-- \w+\(.*?\) -->.*?<!-- end -->", "", text, flags=re.DOTALL)
    kept = re.sub(r"`[^`]*`|\]\([^)]*\)|\b(1[89]|20)\d\d\b|\b95 ?%", "", kept)
    known = set(re.findall(r"\d+\.?\d*", str(parameters)))
    known |= {name.stem[:2] for name in notebooks.find()}
    numbers = re.findall(r"(?<![\w-])\d+(?:[.,]\d+)*", kept)
    # Small whole numbers are written for a reader: "three of 4 networks".
    return [number for number in numbers if len(number) > 1 and number not in known]


@cache
def shared_phrases():
    """Return the phrases that stand in more notebooks than they may."""
    count = Counter()
    for path in notebooks.find():
        count.update(phrases_of(path))
    return {phrase for phrase, n in count.items() if n > MOST_NOTEBOOKS}


@cache
def phrases_of(path):
    """Return all phrases of :data:`LONGEST_PHRASE` characters that begin with a word."""
    text = findings.without_markers(" ".join(cells_of(path, "markdown")))
    text = " ".join(text.split())
    starts = [match.start() for match in re.finditer(r"\S+", text)]
    last = len(text) - LONGEST_PHRASE
    return {text[start : start + LONGEST_PHRASE] for start in starts if start <= last}


def phrase_faults(path):
    shared = sorted(phrases_of(path) & shared_phrases())
    if shared:
        yield f"{len(shared)} phrases stand in many notebooks, such as: {shared[0]}"


def exercise_faults(path):
    """Each exercise has a hint, and its solution is folded."""
    text = sections_of(path).get("Exercises", "")
    parts = re.split(r"^(?=\*\*\d\. )", text, flags=re.MULTILINE)[1:]
    if [part.split("**")[1] for part in parts] != [name.strip("*") for name in EXERCISES]:
        yield f"the exercises are not {EXERCISES}"
    for part in parts:
        is_folded = "<details><summary>Solution</summary>" in part and "</details>" in part
        if not is_folded or "Hint" not in part:
            yield f"an exercise without a hint or a folded solution: {part[:40]!r}"


def link_faults(path):
    sections = sections_of(path)
    if "http" not in sections.get("References", ""):
        yield "the References have no link"
    targets = re.findall(r"\]\(([^)]+\.ipynb)\)", sections.get("Next", ""))
    if not targets:
        yield "the section Next links no notebook"
    for target in targets:
        if not (path.parent / target).is_file():
            yield f"Next links {target}, which does not exist"


@pytest.mark.parametrize("path", notebooks.find(), ids=lambda path: path.stem)
def test_a_notebook_has_the_form_of_the_course(path):
    assert not fault_list(path)


def test_the_template_has_the_form_too():
    template = paths.ROOT / "notebooks" / "template.ipynb"
    titles = list(sections_of(template))
    assert titles[:3] == ["", "Concept", "Imports"] and titles[3:] == SECTIONS[1:]
    faults = [*width_faults(template), *code_faults(template), *exercise_faults(template)]
    assert not faults


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("- After 24 epochs, notebook 02 (Lin et al., 2017) has 3 of 48 px.", ["48"]),
        ('- Reaches <!-- accuracy("x") -->0.658<!-- end -->, `0.1`, the 95 % interval.', []),
        ("- FER-2013 has 1.4 % of 3,589.", ["1.4", "3,589"]),
    ],
)
def test_a_number_is_marked_or_a_parameter(text, numbers):
    assert unexplained_numbers(text, {"EPOCHS": 24}) == numbers
