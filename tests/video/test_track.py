import pytest

from emotion_lib.faces.detection import Face
from emotion_lib.video.track import Track


def face(x):
    return Face((x, 50, 40, 40), 0.9)


def walking():
    """Return the track of somebody who walks by 100 px per second, last seen at 100 px."""
    track = Track(1, face(0), 0.0, 1)
    for frame in range(1, 26):
        track.move(face(4 * frame), frame / 25, frame + 1)
    return track


def test_a_face_is_expected_where_it_was_and_where_it_went():
    track = walking()
    assert track.velocity == pytest.approx((100, 0), rel=0.05)
    assert track.overlap(face(100).box, 1.5, 0.0) == 1.0
    assert track.overlap(face(150).box, 1.5, 0.0) > 0.8
    assert track.overlap(face(60).box, 1.5, 0.0) == 0.0


def test_a_margin_reaches_farther():
    track = walking()
    assert track.overlap(face(200).box, 1.5, 0.0) == 0.0
    assert 0.2 < track.overlap(face(200).box, 1.5, 0.5) < 0.4


def test_a_frame_at_the_same_time_leaves_the_velocity():
    track = Track(1, face(0), 0.0, 1)
    track.move(face(8), 0.0, 2)
    assert track.velocity == (0.0, 0.0)
    assert track.face == face(8)
