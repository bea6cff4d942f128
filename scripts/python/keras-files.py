"""Makes and opens Keras model files in real Keras, for Tests/KerasFileTests.

    python scripts/python/keras-files.py make FOLDER      (environment keras2)
    python scripts/python/keras-files.py open FOLDER      (keras2 or keras3)
    python scripts/python/keras-files.py neatms FOLDER    (keras2)

`make` trains NeatMS's network with every optimizer and saves NAME.h5, with NAME.weights.bin and
NAME.slot0.bin, NAME.slot1.bin: the weights and moments as flat float32 in Keras's order. `open` and
`neatms` load every NAME.h5 in the folder, predict x.bin (N, 2, points) into NAME.HOW.bin, and train
one more epoch; HOW is keras2, keras3 or neatms. All print one JSON object with an entry a file.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np


def some_peaks(points, classes, count=40):
    random = np.random.default_rng(3)
    x = random.random((count, 2, points, 1), dtype="float32")
    y = np.eye(classes, dtype="float32")[np.arange(count) % classes]
    return x, y


def flat(arrays):
    return np.concatenate([np.asarray(a, "float32").ravel() for a in arrays] or [[]])


def optimizer_state(optimizer):
    """The step count and the moments by slot, each in the weights' order."""
    if hasattr(optimizer, "_momentums") and hasattr(optimizer, "_velocities"):
        slots = [optimizer._momentums, optimizer._velocities]
    elif hasattr(optimizer, "momentums"):
        slots = [optimizer.momentums]
    else:  # a legacy optimizer: the step count, then slot by slot
        weights = optimizer.get_weights()[1:]
        count = 8 if weights else 1
        slots = [weights[i : i + count] for i in range(0, len(weights), count)]
    return int(np.asarray(optimizer.iterations)), [flat(slot) for slot in slots]


def learning_rate(optimizer):
    return float(np.asarray(optimizer.learning_rate))


def make(folder):
    from tensorflow import keras

    sys.path.insert(0, str(Path(__file__).parent))
    import keras_network

    new, legacy = keras.optimizers, keras.optimizers.legacy
    cases = {
        "adam": (120, 3, new.Adam(learning_rate=1e-4)),
        "adam-odd": (61, 2, new.Adam(learning_rate=1e-3, beta_1=0.8, epsilon=1e-6)),
        "sgd": (16, 3, new.SGD(learning_rate=0.01)),
        "momentum": (16, 4, new.SGD(learning_rate=0.01, momentum=0.9)),
        "legacy-adam": (16, 3, legacy.Adam(learning_rate=1e-4)),
        "legacy-sgd": (16, 3, legacy.SGD(learning_rate=0.01)),
        "legacy-momentum": (16, 3, legacy.SGD(learning_rate=0.01, momentum=0.9)),
        "rmsprop": (16, 3, new.RMSprop(learning_rate=0.01)),
    }
    facts = {}
    for name, (points, classes, optimizer) in cases.items():
        keras.utils.set_random_seed(5)
        model = keras_network.build(keras_network.neatms(points, classes))
        model.compile(
            optimizer, "categorical_crossentropy", metrics=["accuracy", "mae"]
        )
        model.fit(*some_peaks(points, classes), epochs=2, verbose=0)
        model.save(folder / f"{name}.h5")
        flat(model.get_weights()).tofile(folder / f"{name}.weights.bin")
        step, slots = optimizer_state(model.optimizer)
        for index, slot in enumerate(slots):
            slot.tofile(folder / f"{name}.slot{index}.bin")
        facts[name] = {"step": step, "rate": learning_rate(model.optimizer)}
    return facts


def predict(model, folder, name, how):
    points = model.input_shape[2]
    x = np.fromfile(folder / "x.bin", "float32").reshape(-1, 2, points, 1)
    np.asarray(model.predict(x, verbose=0), "float32").tofile(
        folder / f"{name}.{how}.bin"
    )


def open_in_keras(folder):
    try:
        from tensorflow import keras

        how = "keras2"
    except ImportError:
        import keras

        how = "keras3"
    facts = {}
    for path in sorted(folder.glob("*.h5")):
        model = keras.models.load_model(path)
        predict(model, folder, path.stem, how)
        optimizer = model.optimizer
        fact = {"rate": learning_rate(optimizer)}
        if how == "keras2":
            fact["step"], slots = optimizer_state(optimizer)
            for index, slot in enumerate(slots):
                slot.tofile(folder / f"{path.stem}.slot{index}.bin")
        else:
            # Keras 3 cannot train any legacy file, its own included, before it is compiled again:
            # it builds the loaded optimizer for no variables.
            kept = type(optimizer).from_config(optimizer.get_config())
            model.compile(kept, model.loss, metrics=["accuracy", "mae"])
        x, y = some_peaks(model.input_shape[2], model.output_shape[1])
        evaluated = model.evaluate(x, y, verbose=0, return_dict=True)
        history = model.fit(x, y, epochs=1, verbose=0).history
        fact["metrics"] = sorted(evaluated)
        fact["loss"] = history["loss"][0]
        fact["stepsAfter"] = int(np.asarray(model.optimizer.iterations))
        facts[path.stem] = fact
    return facts


class NoAnnotations:
    """As much of a NeatMS experiment as NN_handler's constructor asks for."""

    annotations = []
    annotation_table = None

    def __init__(self):
        self.feature_tables = [self]
        self.annotation_table = self


def open_in_neatms(folder):
    from NeatMS.handler import NN_handler

    facts = {}
    for path in sorted(folder.glob("*.h5")):
        handler = NN_handler(NoAnnotations())
        handler.create_model(model=str(path))
        model = handler.class_model
        predict(model, folder, path.stem, "neatms")
        handler.get_model_summary()
        x, y = some_peaks(model.input_shape[2], model.output_shape[1])
        handler.X_train, handler.y_train = x[:32], y[:32]
        handler.X_test, handler.y_test = x[32:], y[32:]
        handler.train_model(1)
        facts[path.stem] = {
            "metrics": sorted(model.history.history),
            "loss": model.history.history["loss"][0],
            "stepsAfter": int(np.asarray(model.optimizer.iterations)),
        }
    return facts


def main():
    commands = {"make": make, "open": open_in_keras, "neatms": open_in_neatms}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    facts = commands[sys.argv[1]](Path(sys.argv[2]))
    print("\n" + json.dumps(facts))


if __name__ == "__main__":
    main()
