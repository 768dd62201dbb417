"""Tests of the site's folder."""

import json

from emotion_lib.app.api import STAGE
from emotion_lib.app.site import litert_js


def test_the_site_is_small_and_complete(site):
    files = [path for path in site.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 15_000_000
    names = {path.relative_to(site).as_posix() for path in files}
    assert names == set(json.loads((site / "files.json").read_text()))
    for path in STAGE.iterdir():
        assert (site / "stage" / path.name).read_bytes() == path.read_bytes()
    assert "Apache License" in (site / "LICENCES.txt").read_text()
    assert "Permission is hereby granted" in (site / "LICENCES.txt").read_text()


def test_the_answers_about_the_model_are_those_of_the_server(site):
    models = json.loads((site / "models.json").read_text())
    assert models["models"][0]["name"] == "best"
    about = json.loads((site / "about.json").read_text())
    assert about["models"][0]["threshold"] == models["models"][0]["threshold"]
    assert about["versions"]["@litertjs/core"] == litert_js.CORE.version
    assert "LiteRT.js" in [credit["name"] for credit in about["credits"]]
