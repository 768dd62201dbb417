import os
import sys

import pytest

from emotion_lib.environment import MissingPackageError
from emotion_lib.video import frames
from emotion_lib.video.camera import Camera
from emotion_lib.video.frames import VideoError, openable
from emotion_lib.video.reader import Video


@pytest.mark.parametrize(
    "name", ["talk: part 1.mp4", "100%d.mp4", "ünï.mp4", os.fsdecode(b"caf\xe9.mp4")]
)
def test_any_file_name(name, write_video, shades, tmp_path, monkeypatch):
    try:
        write_video(shades(5), "plain.mp4").rename(tmp_path / name)
    except OSError:
        pytest.skip("this file system does not take the name")
    monkeypatch.chdir(tmp_path)
    with Video(name) as video:
        assert len(list(video)) == 5
    with Camera(name) as camera:
        assert len(list(camera)) >= 1
    (tmp_path / "absent").mkdir()
    with openable(tmp_path / "absent" / name) as opened:
        opened.encode("utf-8", "strict")
        with open(opened, "w") as file:
            file.write("written")
    assert (tmp_path / "absent" / name).read_text() == "written"


def test_opencv_that_does_not_load(write_video, shades, monkeypatch):
    path = write_video(shades(2))
    monkeypatch.setitem(sys.modules, "cv2", None)
    for source in (Video, Camera):
        with pytest.raises(MissingPackageError, match=r"emotion-lib\[video\]"):
            source(path)
    # As if it were installed, and a library of the system missing.
    monkeypatch.setattr(frames, "require", lambda module: None)
    for source in (Video, Camera):
        with pytest.raises(VideoError, match="libgl1"):
            source(path)
