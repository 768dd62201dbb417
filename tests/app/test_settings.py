"""Tests of emotion_lib.app.settings and its page in the documentation."""

import re
from dataclasses import asdict

from emotion_lib.app.settings import Settings
from emotion_lib.paths import ROOT


def test_the_documentation_lists_every_limit():
    text = (ROOT / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([\d,.]+) \|", text, re.MULTILINE)
    listed = {name: float(value.replace(",", "")) for name, value in rows}
    assert listed == asdict(Settings())
