import numpy as np
import pytest

from emotion_lib.models.layers import LocalResponseNormalization


def test_local_response_normalisation_follows_the_papers_formula():
    x = np.random.default_rng(0).normal(0, 30, (2, 3, 3, 8)).astype(np.float32)
    expected = np.empty_like(x)
    for channel in range(8):
        neighbours = x[..., max(0, channel - 2) : channel + 3].astype(float)
        scale = (2 + 1e-4 * (neighbours**2).sum(-1)) ** 0.75
        expected[..., channel] = x[..., channel] / scale
    np.testing.assert_allclose(np.asarray(LocalResponseNormalization()(x)), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="odd size"):
        LocalResponseNormalization(4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_local_response_normalisation_is_exact_in_mixed_precision(policy):
    """Small activations hardly change the sum; squares of large ones overflow float16."""
    x = np.repeat([[1.0, 5.0, 300.0]], 12, axis=0).T.reshape(1, 1, 3, 12)
    exact = np.asarray(LocalResponseNormalization(alpha=0.001, dtype="float32")(x))
    mixed = LocalResponseNormalization(alpha=0.001, dtype=policy)(x)
    # 2 + 0.001 * 5 * 5^2 = 2.125, which a sum in bfloat16 would round to 2.
    step = 2.0**-8 if policy == "mixed_bfloat16" else 2.0**-11
    np.testing.assert_allclose(np.asarray(mixed, np.float32), exact, rtol=step)
