from emotion_lib import artifacts
from emotion_lib.experiments.served_sentence import served_sentence


def test_a_model_that_answers_by_own_labels(recorded_runs):
    text = served_sentence(artifacts.load_run("01_first").record)
    assert text == (
        "The served model comes from the run `01_first`. On the 28 test images its accuracy is "
        "50.0 % [32.6, 67.4]."
    )


def test_agreement_with_viewers_comes_first(perceived_run):
    text = served_sentence(perceived_run.record)
    figures = [
        "on the 28 test images",
        "gives that answer for 50.0 % [32.6, 67.4].",
        "mean over the classes is 50.0 %",
        "own label, a search word that people checked, for 60.0 % [50.0, 70.0] of all 30",
        "label head, which is not served, does so for 70.0 % [60.0, 80.0]",
    ]
    places = [text.index(part) for part in figures]
    assert places == sorted(places)
