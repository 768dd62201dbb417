import keras
import numpy as np

from emotion_lib.models.efficientnet_lite import (
    checkpoint_path,
    efficientnet_lite0_backbone,
    load_checkpoint,
)


def test_imagenet_logits_equal_those_of_the_pytorch_original():
    """Expected logits: efficientnet_lite_pytorch 0.1.0 on torch 2.13, on the same made-up image."""
    backbone = efficientnet_lite0_backbone((224, 224, 3), "imagenet")
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    model = keras.Model(backbone.input, keras.layers.Dense(1000, name="_fc")(pooled))
    load_checkpoint(model, checkpoint_path())
    pixels = ((np.arange(224 * 224 * 3).reshape(1, 224, 224, 3) * 7919) % 256).astype(np.float32)
    logits = model.predict_on_batch((pixels - 127) / 128)[0]
    expected = [-1.0408947, 0.39369658, -0.8698056, -1.6580837, -0.664126, -0.3547342]
    np.testing.assert_allclose(logits[:6], expected, atol=1e-4)
    assert logits.argmax() == 904
