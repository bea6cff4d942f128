"""Writes Tests/KerasFileTests/Fixtures: what Keras 2.3.1, the Keras of NeatMS's documentation, prints
for `model.summary()` of NeatMS's network, and a small model that it trained and saved.

    "$(scripts/venv.sh keras2)" scripts/python/keras-summary.py

Keras 2.3.1 itself runs here, on the TensorFlow of the keras2 environment: it is installed into a
temporary folder, and the few names that TensorFlow no longer has are given back before it starts.
"""

import contextlib
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "KerasFileTests" / "Fixtures"
PACKAGES = ["keras==2.3.1", "Keras-Applications==1.0.8", "Keras-Preprocessing==1.1.2", "PyYAML"]


def import_old_keras(folder):
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        + PACKAGES,
        check=True,
    )
    sys.path.insert(0, folder)
    import collections
    import collections.abc
    import importlib

    import tensorflow as tf
    from tensorflow.python.framework import ops

    for name in collections.abc.__all__:
        setattr(collections, name, getattr(collections.abc, name))
    tf.compat.v1.disable_eager_execution()
    ops._TensorLike = (tf.Tensor, tf.Variable)
    ops.is_dense_tensor_like = lambda x: isinstance(x, ops._TensorLike)
    for name in ["metrics", "losses", "optimizers", "layers", "initializers", "callbacks"]:
        importlib.import_module("tensorflow.python.keras." + name)
    tf.keras = importlib.import_module("tensorflow.python.keras")
    keras = importlib.import_module("keras")

    def get_value(x):
        return x.eval(session=tf.keras.backend.get_session())

    keras.backend.get_value = get_value
    keras.backend.batch_get_value = lambda tensors: [get_value(x) for x in tensors]
    return keras


def network(keras, matrix_size, classes, filters=(32, 64), units=128):
    """NeatMS 0.9's `create_model`, under the name of its documentation."""
    layers = keras.layers
    keras.backend.clear_session()
    x = inputs = layers.Input((2, matrix_size, 1))
    x = layers.Conv2D(
        filters[0], 5, activation="relu", padding="same", name="conv2d_1"
    )(x)
    x = layers.MaxPooling2D((1, 2))(x)
    x = layers.Conv2D(
        filters[1], 3, activation="relu", padding="same", name="conv2d_2"
    )(x)
    x = layers.Flatten(name="flatten_1")(x)
    x = layers.Dense(
        units,
        kernel_regularizer=keras.regularizers.l2(0.001),
        activation="relu",
        name="dense_1",
    )(x)
    x = layers.Dropout(0.5, name="dropout_1")(x)
    x = layers.Dense(classes, activation="softmax", name="dense_prediction")(x)
    return keras.models.Model(inputs, x, name="NeatMS_Model")


def write_summary(name, model):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model.summary()
    (FIXTURES / name).write_text(text.getvalue())


def write_model(name, keras):
    """A small network after three steps of Adam."""
    np.random.seed(1)
    model = network(keras, 16, 3, filters=(3, 4), units=5)
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.Adam(lr=0.001),
        metrics=["accuracy", "mae"],
    )
    x = np.random.rand(8, 2, 16, 1).astype("float32")
    y = np.eye(3, dtype="float32")[np.arange(8) % 3]
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(str(FIXTURES / name))


def main():
    with tempfile.TemporaryDirectory() as folder:
        keras = import_old_keras(folder)
        assert keras.__version__ == "2.3.1"
        FIXTURES.mkdir(exist_ok=True)
        write_summary("summary-120-3.txt", network(keras, 120, 3))
        write_summary("summary-61-2.txt", network(keras, 61, 2))
        frozen = network(keras, 120, 3)
        for layer in frozen.layers[:4]:
            layer.trainable = False
        write_summary("summary-frozen.txt", frozen)
        write_model("keras-2.3.1.h5", keras)


if __name__ == "__main__":
    main()
