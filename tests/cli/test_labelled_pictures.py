"""Tests of emotion_lib.cli.labelled_pictures."""


def test_the_cache_of_cut_out_faces_is_named_by_how_they_are_cut(monkeypatch):
    from types import SimpleNamespace

    from emotion_lib.cli import labelled_pictures
    from emotion_lib.faces import detectors

    found = []
    for name, framing in (("one", 1.0), ("one", 1.1), ("two", 1.1)):
        monkeypatch.setattr(
            detectors, "load_detector", lambda n=name, f=framing: SimpleNamespace(name=n, framing=f)
        )
        found.append(labelled_pictures.face_cutter(labelled_pictures.Faces.find)[1])
    assert len(set(found)) == 3
