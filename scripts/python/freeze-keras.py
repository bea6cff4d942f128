"""Frozen layers in real Keras, for Tests/CommandTests.

    python scripts/python/freeze-keras.py make PEAKS.h5 START.h5 END.h5 END.bin   (environment keras2)
    python scripts/python/freeze-keras.py whole PEAKS.h5 START.h5 END.h5 END.bin  (keras2)
    python scripts/python/freeze-keras.py first PEAKS.h5 START.h5 END.h5          (keras2)
    python scripts/python/freeze-keras.py open PEAKS.h5 MODEL.h5                  (keras2 or keras3)

`make` builds NeatMS's network without dropout, freezes its first four layers as NeatMS's
documentation does, trains one epoch on a batches.h5, saves START.h5, trains two more without
shuffling, and saves END.h5 and all its weights as flat float32. `whole` does
the same with nothing frozen. `first` saves the network as Keras starts it, with biases of zero, and after
one step of SGD over all peaks at a learning rate of 1. `open` loads a model, says which layers and
weights are trainable, trains one epoch, and says which weights that changed.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import numpy as np


def peaks(path):
    with h5py.File(path, "r") as file:
        x, y = file["train/x"][:], file["train/y"][:]
        return x[..., None], np.eye(len(file.attrs["classes"]), dtype="float32")[y]


def make(batches, start, end, flat, frozen=4):
    from tensorflow import keras

    sys.path.insert(0, os.path.dirname(__file__))
    import keras_network

    x, y = peaks(batches)
    keras.utils.set_random_seed(2)
    model = keras_network.build(keras_network.neatms(classes=y.shape[1], rate=0.0))
    for layer in model.layers[:frozen]:
        layer.trainable = False
    rate = keras.optimizers.Adam(learning_rate=3e-4)
    model.compile(rate, "categorical_crossentropy", metrics=["accuracy", "mae"])
    model.fit(x, y, batch_size=32, epochs=1, shuffle=False, verbose=0)
    model.save(start)
    model.fit(x, y, batch_size=32, epochs=2, shuffle=False, verbose=0)
    model.save(end)
    np.concatenate([w.ravel() for w in model.get_weights()]).astype("float32").tofile(flat)
    return {"loss": model.history.history["loss"]}


def whole(batches, start, end, flat):
    return make(batches, start, end, flat, frozen=0)


def first(batches, start, end):
    from tensorflow import keras

    sys.path.insert(0, os.path.dirname(__file__))
    import keras_network

    x, y = peaks(batches)
    keras.utils.set_random_seed(5)
    model = keras_network.build(keras_network.neatms(classes=y.shape[1], rate=0.0))
    model.compile(keras.optimizers.SGD(1.0), "categorical_crossentropy")
    model.save(start)
    model.fit(x, y, batch_size=len(x), epochs=1, shuffle=False, verbose=0)
    model.save(end)
    return {"loss": model.history.history["loss"], "peaks": len(x)}


def names(model, weights):
    """layer/kernel or layer/bias of each: Keras 2 and 3 name weights otherwise."""
    found = {}
    for layer in model.layers:
        for role, weight in zip(("kernel", "bias"), layer.weights):
            found[id(weight)] = f"{layer.name}/{role}"
    return [found[id(weight)] for weight in weights]


def open_model(batches, path):
    try:
        from tensorflow import keras

        is_keras3 = False
    except ImportError:
        import keras

        is_keras3 = True

    x, y = peaks(batches)
    model = keras.models.load_model(path)
    # A method of Keras 2's legacy optimizers, a property of all others.
    variables = model.optimizer.variables
    variables = variables() if callable(variables) else variables
    facts = {
        "layers": {layer.name: layer.trainable for layer in model.layers},
        "trainable": names(model, model.trainable_weights),
        "frozen": names(model, model.non_trainable_weights),
        "step": int(np.asarray(model.optimizer.iterations)),
        "moments": sum(int(np.prod(v.shape)) for v in variables),
    }
    if is_keras3:
        # Keras 3 builds a loaded legacy optimizer for no variables; compiled again it trains.
        kept = type(model.optimizer).from_config(model.optimizer.get_config())
        model.compile(kept, model.loss, metrics=["accuracy", "mae"])
    before = [np.array(weight) for weight in model.weights]
    model.fit(x, y, batch_size=32, epochs=1, verbose=0)
    after = [np.array(weight) for weight in model.weights]
    changed = [not np.array_equal(a, b) for a, b in zip(before, after)]
    facts["changed"] = [n for n, c in zip(names(model, model.weights), changed) if c]
    facts["stepsAfter"] = int(np.asarray(model.optimizer.iterations))
    return facts


def main():
    commands = {"make": (make, 4), "whole": (whole, 4), "first": (first, 3), "open": (open_model, 2)}
    known = commands.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if known is None or len(sys.argv) != 2 + known[1]:
        sys.exit(__doc__)
    print("\n" + json.dumps(known[0](*sys.argv[2:])))


if __name__ == "__main__":
    main()
