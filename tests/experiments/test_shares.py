from emotion_lib.experiments.shares import percent, percent_with_interval


def test_shares_are_written_in_percent():
    assert percent(0.6578) == "65.8 %"
    assert percent(None) == "–"
    assert percent_with_interval(0.6578, (0.6422, 0.6732)) == "65.8 % [64.2, 67.3]"
