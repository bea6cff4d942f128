"""One Keras's part in scripts/keras-matrix.sh: writes NeatMS's network in every format it has, or
reads the files of all the others.

    python scripts/python/keras-matrix.py write NAME FOLDER
    python scripts/python/keras-matrix.py read NAME FOLDER

NAME is keras231, keras2, tfkeras, keras38 or keras3, and has to be the environment's own. `write`
trains two steps (so that there is an optimizer's state), and saves NAME.h5, NAME.keras, NAME.old.h5
(`save_weights`, up to Keras 2), NAME.weights.h5, and NAME.npy with its predictions. `read` predicts
with every file, and prints a JSON object: the file's name, and the largest difference from what its
writer predicted or why it cannot be read.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if len(sys.argv) > 2:
    os.environ["KERAS_BACKEND"] = "jax" if sys.argv[2] == "keras3" else "tensorflow"
import numpy as np

POINTS, CLASSES, PEAKS = 120, 3, 16


def load_keras(name):
    if name == "tfkeras":
        import tf_keras as keras
    else:
        import keras
    return keras


def network(keras):
    """NeatMS 0.9's `create_model`, with the names of its documentation."""
    layers = keras.layers
    x = inputs = layers.Input((2, POINTS, 1), name="input_1")
    x = layers.Conv2D(
        32, 5, activation="relu", padding="same", name="conv2d_1"
    )(x)
    x = layers.MaxPooling2D((1, 2), name="max_pooling2d_1")(x)
    x = layers.Conv2D(
        64, 3, activation="relu", padding="same", name="conv2d_2"
    )(x)
    x = layers.Flatten(name="flatten_1")(x)
    x = layers.Dense(
        128,
        kernel_regularizer=keras.regularizers.l2(0.001),
        activation="relu",
        name="dense_1",
    )(x)
    x = layers.Dropout(0.5, name="dropout_1")(x)
    x = layers.Dense(CLASSES, activation="softmax", name="dense_prediction")(x)
    return keras.models.Model(inputs, x, name="NeatMS_Model")


def peaks():
    random = np.random.RandomState(8)
    x = random.uniform(size=(PEAKS, 2, POINTS, 1)).astype("float32")
    return x, np.eye(CLASSES, dtype="float32")[np.arange(PEAKS) % CLASSES]


def formats(name):
    """The formats that a Keras has, by the ends of file names. Saving an .h5 makes Keras 3 forget the
    optimizer: it comes after .keras."""
    every = ["keras", "h5", "old.h5", "weights.h5"]
    without = {
        "keras231": {"keras", "weights.h5"},
        "keras3": {"old.h5"},
        "keras38": {"old.h5"},
    }
    return [end for end in every if end not in without.get(name, set())]


def write(keras, name, folder):
    model = network(keras)
    random = np.random.RandomState(sum(name.encode()))
    model.set_weights(
        [random.uniform(-0.08, 0.08, size=w.shape) for w in model.get_weights()]
    )
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.Adam(learning_rate=1e-4),
        metrics=["accuracy", "mae"],
    )
    x, y = peaks()
    for _ in range(2):
        model.train_on_batch(x, y)
    for end in formats(name):
        path = str(folder / f"{name}.{end}")
        if end in ("old.h5", "weights.h5"):
            model.save_weights(path)
        else:
            model.save(path)
    np.save(folder / f"{name}.npy", np.asarray(model.predict(x, verbose=0)))
    x.tofile(folder / "peaks.bin")


def load(keras, path):
    if path.name.endswith((".old.h5", ".weights.h5")):
        model = network(keras)
        model.load_weights(str(path))
        return model
    return keras.models.load_model(str(path))


def read(keras, folder):
    found = {}
    for path in sorted(folder.glob("*.h5")) + sorted(folder.glob("*.keras")):
        try:
            ours = np.asarray(load(keras, path).predict(peaks()[0], verbose=0))
            theirs = np.load(folder / (path.name.split(".")[0] + ".npy"))
            found[path.name] = float(np.abs(ours - theirs).max())
        except Exception as error:
            found[path.name] = f"{type(error).__name__}: {error}"
    return found


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("write", "read"):
        sys.exit(__doc__)
    command, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    keras = load_keras(name)
    if command == "write":
        write(keras, name, folder)
        found = {}
    else:
        found = read(keras, folder)
    print("\n" + json.dumps({"version": keras.__version__, "found": found}))


if __name__ == "__main__":
    main()
