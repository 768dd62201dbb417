"""Tests of emotion_lib.app.sharing, without a connection to Gradio's service."""

from pathlib import Path

import pytest
from gradio import networking, tunneling
from gradio.exceptions import ChecksumMismatchError

from emotion_lib.app import sharing


@pytest.fixture
def tunnel(monkeypatch, tmp_path):
    """Return a function that shares with this answer, or error, of Gradio's service."""
    monkeypatch.setattr(networking, "CERTIFICATE_PATH", networking.CERTIFICATE_PATH)
    monkeypatch.setattr(tunneling, "BINARY_PATH", str(tmp_path / "frpc"))
    (tmp_path / "frpc").write_bytes(b"a program")

    def share(answer):
        def set_up(host, port, token, server, certificate):
            assert (host, port, server, certificate) == ("127.0.0.1", 7860, None, None)
            assert Path(networking.CERTIFICATE_PATH).is_relative_to(tmp_path)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(networking, "setup_tunnel", set_up)
        sharing.share(7860, tmp_path).join(10)

    return share


def test_the_public_address_is_printed(tunnel, capsys):
    tunnel("http://a1b2.gradio.example")
    assert "https://a1b2.gradio.example\n" in capsys.readouterr().out


def test_without_internet_the_page_stays_local(tunnel, capsys):
    tunnel(RuntimeError("Could not get share link."))
    printed = capsys.readouterr().out
    assert "Received: Could not get share link. The page is served to this machine" in printed


def test_a_program_with_another_checksum_is_not_kept(tunnel, capsys, tmp_path):
    tunnel(ChecksumMismatchError())
    assert "Received: " in capsys.readouterr().out
    assert not (tmp_path / "frpc").exists()


def test_tunnels_end_with_the_server(monkeypatch, capsys):
    ended = []
    lost = tunneling.Tunnel("x", 1, "y", 2, "token", None)
    monkeypatch.setattr(lost, "kill", lambda: ended.append(print("killed")))
    monkeypatch.setattr(tunneling, "CURRENT_TUNNELS", [lost])
    sharing.close_tunnels()
    assert ended == [None] and capsys.readouterr().out == ""
