"""Archives of runs, whole, damaged and hostile."""

import io
import json
import shutil
import tarfile
import zipfile

import pytest
from conftest import examined, record, write_run

from emotion_lib import artifacts
from emotion_lib.artifacts import ArtifactError
from emotion_lib.experiments import archive, importing


def packed(there, file):
    """Pack a folder with one run and a file that is not one of a run."""
    write_run(there / "artifacts", "13_x/seed-0")
    (there / "artifacts" / "big.bin").write_bytes(b"not a file of a run")
    return shutil.make_archive(str(file), file.suffix[1:], there)


@pytest.mark.parametrize("kind", ["gztar", "xztar", "zip", "tar"])
def test_an_archive_of_runs_is_read(there, tmp_path, kind):
    with archive.unpacked(packed(there, tmp_path / f"out.{kind}"), importing.RUN_FILES) as folder:
        candidate = examined(folder)
        assert candidate.run.name == "13_x/seed-0" and not list(folder.rglob("big.bin"))
        importing.import_runs([candidate])
    assert not folder.exists()
    assert artifacts.load_run("13_x/seed-0").scores("test")[0].shape == (28,)


def tar_with(file, *members, content=b"x"):
    """Write a tar of members: name, and target of a link or None for a file."""
    with tarfile.open(file, "w:gz") as archive:
        for name, link in members:
            member = tarfile.TarInfo(name)
            if link:
                member.type, member.linkname = tarfile.SYMTYPE, link
            else:
                member.size = len(content)
            archive.addfile(member, None if link else io.BytesIO(content))
    return file


@pytest.mark.parametrize(
    "name", ["../run.json", "/tmp/run.json", "a/../../run.json", "..\\run.json", "C:\\run.json"]
)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, name, kind):
    file = tmp_path / "deep" / "hostile"
    file.parent.mkdir()
    if kind == "tar":
        tar_with(file, ("01_x/run.json", None), (name, None))
    else:
        with zipfile.ZipFile(file, "w") as writer:
            writer.writestr(name, "x")
    before = sorted(tmp_path.rglob("*"))
    with (
        pytest.raises(ArtifactError, match="below one folder"),
        archive.unpacked(file, ["run.json"]),
    ):
        pytest.fail("was unpacked")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_an_archive_does_not_lead_out_of_it(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "run.json").write_text("of the user")
    outside = tar_with(tmp_path / "a", ("01_x/run.json", str(secret / "run.json")))
    with (
        pytest.raises(ArtifactError, match="Copy it again"),
        archive.unpacked(outside, ["run.json"]),
    ):
        pytest.fail("was unpacked")
    through = tar_with(
        tmp_path / "b", ("01_x", str(secret)), ("01_x/run.json", None), content=b"hostile"
    )
    with archive.unpacked(through, ["run.json"]) as folder:
        assert (folder / "01_x" / "run.json").read_bytes() == b"hostile"
    assert (secret / "run.json").read_text() == "of the user"
    within = tar_with(
        tmp_path / "c", ("01_x/run.json", None), ("02_x/run.json", "../01_x/run.json")
    )
    with archive.unpacked(within, ["run.json"]) as folder:
        copy = folder / "02_x" / "run.json"
        assert copy.read_bytes() == b"x" and not copy.is_symlink()


def test_an_archive_that_would_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    bomb = tar_with(tmp_path / "bomb", ("01_x/run.json", None), content=bytes(2000))
    with (
        pytest.raises(ArtifactError, match="at most 1,000 bytes"),
        archive.unpacked(bomb, ["run.json"]),
    ):
        pytest.fail("was unpacked")


def test_a_file_that_is_not_an_archive_is_refused(there, tmp_path):
    whole = packed(there, tmp_path / "out.zip")
    cut, text = tmp_path / "cut.zip", tmp_path / "text"
    with open(whole, "rb") as file:
        cut.write_bytes(file.read()[:500])
    text.write_text(json.dumps(record("01_x")))
    for file in (cut, text, tmp_path / "nowhere"):
        refused = pytest.raises(
            ArtifactError, match=r"Expected a folder of runs, or a \.tar\.gz.*Received: .{5}"
        )
        with refused, archive.unpacked(file, importing.RUN_FILES):
            pytest.fail("was unpacked")
