import pandas as pd
from conftest import drawn_texts

from emotion_lib import plots


def test_throughput_has_one_panel_per_network():
    columns = {
        "network": ["a", "a", "b"],
        "variant": ["ours", "other", "ours"],
        "images_per_second": [3.0, 2.0, 1.0],
        "q1": [3.0, 2.0, 1.0],
        "q3": [3.0, 2.0, 1.0],
    }
    figure = plots.throughput(pd.DataFrame(columns))
    drawn_texts(figure)
    assert [axis.get_title() for axis in figure.axes] == ["a", "b"]


def test_growth_has_time_and_memory():
    columns = {
        "quantity": ["n", "n"],
        "value": [1, 2],
        "seconds": [1, 2.0],
        "memory_mib": [5, 5.0],
        "time_exponent": [1.0, 1.0],
        "memory_exponent": [0.0, 0.0],
    }
    figure = plots.growth(pd.DataFrame(columns))
    drawn_texts(figure)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["seconds ~ (n) ^ 1.00", "MiB ~ (n) ^ 0.00"]
