from emotion_lib.experiments.published import PUBLISHED


def test_every_published_accuracy_has_a_source_and_a_measurement():
    for entry in PUBLISHED:
        assert 70 < float(entry.percent) < 80
        assert entry.measured
        assert entry.sources
        for address in entry.sources.values():
            assert address.startswith(("https://arxiv.org/abs/", "https://github.com/"))
            assert "/blob/main/" not in address, "Expected a commit: a branch moves."
