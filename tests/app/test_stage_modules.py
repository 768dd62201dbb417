"""Tests of the stage's modules that hold rules: sentences, places of labels, tables."""

import pytest


@pytest.fixture
def module(visit):
    """Return a function that imports a module of the stage and calls one of its functions."""
    page = visit()

    def call(name, function, *arguments):
        script = """async ([name, called, values]) => {
            const module = await import(`/stage/${name}.js`);
            return module[called](...values);
        }"""
        return page.evaluate(script, [name, function, list(arguments)])

    return call


def face(state="sure", top="happy"):
    return {"state": state, "top": top, "size": 50, "roll": 0}


def test_one_sentence_says_what_the_faces_look_like(module):
    unsure = face("not_sure")
    poor = face("poor_view")
    expected = [
        ([], "No face was found in this picture."),
        ([face()], "This face looks happy."),
        ([face(top="fear")], "This face looks afraid."),
        ([unsure], "This face is hard to tell; perhaps it looks happy."),
        ([poor], "The face is in poor view and is not read."),
        ([face(), face()], "Both faces look happy."),
        ([face()] * 5 + [unsure], "5 of 6 faces look happy; one is hard to tell."),
        ([face(), face(), face(top="sad")], "2 of 3 faces look happy, one sad."),
        ([face(), face(top="sad")], "One face looks happy, one sad."),
        ([face(), poor, poor], "1 of 3 faces looks happy; two are in poor view and are not read."),
        ([unsure, unsure], "Both faces are hard to tell."),
        ([poor] * 3, "All three faces are in poor view and are not read."),
    ]
    found = [module("wording", "sentence", faces) for faces, _ in expected]
    assert found == [sentence for _, sentence in expected]

    # Never certain, never impossible.
    assert module("wording", "percent", 0.9999) == "> 99 %"
    assert module("wording", "percent", 0.0001) == "< 1 %"

    entry = {"reliability": [{"from": 0.8, "to": 0.9, "n": 200, "agreed": 168}]}
    words = module("cards", "confidenceInWords", {"confidence": 0.85}, entry)
    assert words == "Of faces it was this sure of, about 8 in 10 were labelled so."
    entry["data"] = "ferplus perceived"
    words = module("cards", "confidenceInWords", {"confidence": 0.85}, entry)
    assert words == "Of faces it was this sure of, viewers saw the same in about 8 in 10."
    assert module("cards", "confidenceInWords", {"confidence": 0.85}, {}) is None

    # A cell that a spreadsheet would compute stays text.
    assert module("files", "csvText", [["=1+1", 'a "b", c', -2, None]]) == (
        '\'=1+1,"a ""b"", c",-2,\r\n'
    )

    # What sets a model apart from the default; shares by different labels are not compared.
    best = {"name": "best", "answers_by": "A", "accuracy": 0.7, "multiply_adds": 50}
    other = {**best, "name": "ensemble", "is_ensemble": True, "accuracy": 0.73}
    assert module("model_options", "textOf", best, best) == "best"
    other["multiply_adds"] = 4500
    expected = "ensemble (73.0 % right, about 90 times the work)"
    assert module("model_options", "textOf", other, best) == expected
    other |= {"answers_by": "B", "multiply_adds": None}
    assert module("model_options", "textOf", other, best) == "ensemble (answers by B)"
    assert module("model_options", "labelsSentence", best, best) == ""
    assert module("model_options", "labelsSentence", best, {"name": "mine.keras"}) == ""
    expected = "They answer by different labels: the first by A, the second by B."
    assert module("model_options", "labelsSentence", best, other) == expected


def test_a_label_that_would_cover_a_small_face_is_shortened(visit):
    page = visit()
    texts = page.evaluate(
        """async () => {
        const { placeLabels } = await import("/stage/labels.js");
        const box = (x) => ({ x, y: 2, width: 20, height: 18 });
        const labels = [1, 2].map((number) => ({ text: `${number} unsure`, short: `${number}` }));
        const bounds = { x: 0, y: 0, width: 200, height: 24 };
        const measure = (text) => 8 * text.length;
        const placed = placeLabels([box(20), box(130)], labels, measure, 20, bounds);
        return placed.map(({ text }) => text);
    }"""
    )
    # In a low picture the labels stand beside the faces, where there is no room for both.
    assert texts == ["1 unsure", "2"]
