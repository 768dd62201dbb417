"""Uses that need a checkout."""

import pytest

from emotion_lib.environment import CheckoutError, commit, require_checkout


def test_some_uses_need_a_checkout(monkeypatch, tmp_path):
    require_checkout("this test")
    monkeypatch.setattr("emotion_lib.paths.SHIPPED", tmp_path)
    with pytest.raises(CheckoutError, match="checkout of the project for this test"):
        require_checkout("this test")
    assert commit() == "unknown"
