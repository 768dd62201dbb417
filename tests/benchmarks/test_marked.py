"""Tests of emotion_lib.benchmarks.marked."""

from emotion_lib.benchmarks.marked import count_centered, count_matches


def test_each_mark_is_found_by_a_box_of_its_own():
    marks = [(0, 0, 10, 10), (20, 0, 10, 10)]
    assert count_matches([(1, 0, 10, 10), (0, 1, 10, 10)], marks) == 1
    assert count_matches([(1, 0, 10, 10), (21, 0, 10, 10)], marks) == 2
    assert count_matches([], marks) == 0


def test_boxes_of_another_framing_are_found_by_their_centres():
    mark = [(10, 10, 10, 10)]
    wide = [(2, 2, 26, 26)]
    assert count_matches(wide, mark) == 0
    assert count_centered(wide, mark) == 1
    assert count_centered([(14, 14, 40, 40)], mark) == 0
