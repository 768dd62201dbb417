from emotion_lib.experiments.peers import PEERS


def test_accuracy_lies_within_its_interval():
    for peer in PEERS:
        low, high = peer.interval
        assert low < peer.accuracy < high
        assert peer.without_twins < peer.accuracy
