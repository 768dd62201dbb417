"""The note on a model that answers by other labels than the shipped one."""

from conftest import change_record, write_run

from emotion_lib import artifacts
from emotion_lib.cli.other_labels import say_other_labels
from emotion_lib.labels import SEVEN_EXPRESSIONS


def test_a_model_of_other_labels_is_said_to_be_one(tmp_path, monkeypatch, capsys):
    served = write_run(tmp_path, "served", class_names=list(SEVEN_EXPRESSIONS))
    other = write_run(tmp_path, "14_x/ensemble", class_names=list(SEVEN_EXPRESSIONS))
    monkeypatch.setattr("emotion_lib.paths.best_dir", lambda: served)
    for labels, expected in (
        ("fer2013", ""),
        ("pictures", ""),  # labels of its own
        ("ferplus perceived", "note: 14_x/ensemble answers by what most viewers perceive (FER+), "),
    ):
        change_record(served, **{"data.name": "fer2013"})
        change_record(other, **{"data.name": labels})
        say_other_labels(artifacts.read_record(other / "run.json"))
        printed = capsys.readouterr().err
        assert printed.startswith(expected) and bool(printed) == bool(expected)
    say_other_labels(None)
    (served / "run.json").unlink()
    say_other_labels(artifacts.read_record(other / "run.json"))
    assert not capsys.readouterr().err
