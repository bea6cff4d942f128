"""Other people's networks, in real Keras, for Tests/KerasFileTests.

    python scripts/python/keras-chains.py make FOLDER    (environment keras2 or keras3)
    python scripts/python/keras-chains.py open FOLDER    (keras2 or keras3)

`make` saves chains of layers of all kinds as NAME.h5 and NAME.keras, with x.bin (peaks),
NAME.weights.bin and NAME.predictions.bin, and their weights alone where they are NeatMS's. It also
trains small networks with every optimizer for three steps, saves them (go-NAME.h5, go-NAME.keras),
and trains on for three, into go-NAME.after.bin. `open` loads every ours-NAME.h5 (keras2) or
ours-NAME.keras (keras3): predictions and weights go to NAME.EXT.predictions.bin and
NAME.EXT.weights.bin, and what is named ours-go-… trains on into NAME.EXT.after.bin.

Steps are over the peaks of x.bin in order, all in one batch; labels go round.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

try:
    import tensorflow
    from tensorflow import keras

    IS_KERAS3 = False
except ImportError:
    import keras

    IS_KERAS3 = True

L = keras.layers
POINTS, PEAKS, STEPS = 21, 10, 3


def peaks(points=POINTS):
    random = np.random.RandomState(4)
    return random.uniform(size=(PEAKS, 2, points, 1)).astype("float32")


def targets(classes):
    return np.eye(classes, dtype="float32")[np.arange(PEAKS) % classes]


def flat(arrays):
    return np.concatenate([np.asarray(a, "float32").ravel() for a in arrays] or [[]])


def functional(layers, name):
    x = inputs = keras.Input((2, POINTS, 1), name=f"{name}_input")
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x, name=name)


def l2(factor):
    return keras.regularizers.L2(factor)


def odd():
    return functional(
        [
            L.Conv2D(3, (2, 4), padding="valid", activation="tanh", name="conv2d_7"),
            L.MaxPooling2D((1, 3), padding="same", name="shrink"),
            L.Conv2D(
                4, (1, 2), padding="same", use_bias=False, kernel_regularizer=l2(0.01), name="c2"
            ),
            L.Activation("elu", name="bend"),
            L.Flatten(name="flat"),
            L.Dense(6, activation="sigmoid", name="first"),
            L.Dropout(0.25, name="drop"),
            L.Dense(5, activation="softplus", use_bias=False, name="second"),
            L.Dense(3, name="dense_prediction"),
            L.Activation("softmax", name="share"),
        ],
        "odd",
    )


def sequential():
    return keras.Sequential(
        [
            keras.Input((2, POINTS, 1)),
            L.Conv2D(2, 3, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(2, activation="softmax"),
        ],
        name="sequential_1",
    )


def deep():
    return functional(
        [
            L.Conv2D(3, (1, 5), padding="same", activation="selu", name="a"),
            L.Conv2D(2, (2, 2), padding="same", activation="swish", name="b"),
            L.Conv2D(2, (1, 3), padding="valid", activation="gelu", name="c"),
            L.Dropout(0.1, name="d"),
            L.Flatten(name="e"),
            L.Dense(4, activation="softsign", name="f"),
            L.Dense(2, activation="softmax", name="g"),
        ],
        "deep",
    )


def frozen():
    model = neatms("frozen")
    for layer in model.layers[1:4]:
        layer.trainable = False
    return model


def neatms(name="neatms", rate=0.5):
    return functional(
        [
            L.Conv2D(3, 5, padding="same", activation="relu", name="conv2d_1"),
            L.MaxPooling2D((1, 2), name="max_pooling2d_1"),
            L.Conv2D(4, 3, padding="same", activation="relu", name="conv2d_2"),
            L.Flatten(name="flatten_1"),
            L.Dense(5, activation="relu", kernel_regularizer=l2(0.001), name="dense_1"),
            L.Dropout(rate, name="dropout_1"),
            L.Dense(3, activation="softmax", name="dense_prediction"),
        ],
        name,
    )


def make_chains(folder):
    x = peaks()
    x.tofile(folder / "x.bin")
    for build in (odd, sequential, deep, neatms):
        name = build.__name__
        model = build()
        random = np.random.RandomState(len(name))
        model.set_weights([random.uniform(-0.4, 0.4, w.shape) for w in model.get_weights()])
        model.save(folder / f"{name}.h5")
        model.save(folder / f"{name}.keras")
        flat(model.get_weights()).tofile(folder / f"{name}.weights.bin")
        flat([model.predict(x, verbose=0)]).tofile(folder / f"{name}.predictions.bin")
    model.save_weights(folder / "numbered.weights.h5")
    if not IS_KERAS3:
        model.save_weights(folder / "listed.h5")


def optimizers():
    new = keras.optimizers
    found = {
        "adam": new.Adam(learning_rate=0.01, beta_1=0.8, epsilon=1e-5),
        "sgd": new.SGD(learning_rate=0.1),
        "momentum": new.SGD(learning_rate=0.1, momentum=0.9),
        "frozen": new.Adam(learning_rate=0.01),
    }
    if not IS_KERAS3:
        found["legacy"] = new.legacy.Adam(learning_rate=0.01)
        found["legacymomentum"] = new.legacy.SGD(learning_rate=0.1, momentum=0.9)
    return found


def train(model):
    x, y = peaks(), targets(model.output_shape[1])
    for _ in range(STEPS):
        model.train_on_batch(x, y)
    return flat(model.get_weights())


def make_training(folder):
    for name, optimizer in optimizers().items():
        keras.utils.set_random_seed(6)
        model = frozen() if name == "frozen" else neatms(name)
        # Keras has no way to hand it the masks that others draw.
        next(layer for layer in model.layers if layer.name == "dropout_1").rate = 0.0
        model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy", "mae"])
        train(model)
        # In this order: saving an .h5 makes Keras 3 forget what optimizer the model has.
        model.save(folder / f"go-{name}.keras")
        model.save(folder / f"go-{name}.h5")
        train(model).tofile(folder / f"go-{name}.after.bin")


def open_ours(folder):
    end = "keras" if IS_KERAS3 else "h5"
    facts = {}
    for path in sorted(folder.glob(f"ours-*.{end}")):
        name = path.stem.removeprefix("ours-")
        model = keras.models.load_model(path)
        flat(model.get_weights()).tofile(folder / f"{name}.{end}.weights.bin")
        flat([model.predict(peaks(), verbose=0)]).tofile(
            folder / f"{name}.{end}.predictions.bin"
        )
        facts[name] = {
            "layers": [layer.name for layer in model.layers],
            "frozen": [layer.name for layer in model.layers if not layer.trainable],
        }
        if name.startswith("go-"):
            train(model).tofile(folder / f"{name}.{end}.after.bin")
            facts[name]["step"] = int(np.asarray(model.optimizer.iterations))
    return facts


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "open"):
        sys.exit(__doc__)
    folder = Path(sys.argv[2])
    if sys.argv[1] == "make":
        make_chains(folder)
        make_training(folder)
        facts = {}
    else:
        facts = open_ours(folder)
    print("\n" + json.dumps(facts))


if __name__ == "__main__":
    main()
