"""Writes Tests/ModelTests/Fixtures: what Keras 2.15 computes for the network, to compare with.

    "$(scripts/venv.sh keras2)" scripts/python/fixtures-model.py [FOLDER]

Weights, inputs, labels and dropout masks are made by the rule in `philox.py`, so they are not
stored. One JSON file a case:

    description, keras        text; the version
    architecture              see keras_network.py
    samples                   how many samples the rule makes for this case
    start                     tensors: the start weights, to check the rule itself
    inference                 samples 0 ..< count in inference mode:
        count, loss, cross_entropy, accuracy, mae     (loss: cross-entropy + L2)
        outputs               tensors: every layer's output, named as the layer
        gradients             tensors: of `loss`, named as `start`
    dropout                   the same samples with a mask by the rule of Sources/Model:
        seed, epoch, first_position                   (sample i has position first_position + i)
        count, loss, cross_entropy, accuracy, mae, gradients
    training                  list of runs from the start weights, dropout off:
        name, optimizer, learning_rate, momentum
        batches               [[first sample, count], …], one a step
        losses                Keras's loss of each step, before its update
        movement              {"1": tensors, "5": tensors}: weights after that many steps minus the
                              start weights (the weights themselves would hide a small movement)

A tensor is {"shape", "rounding", and either "values" (all, row-major) or "stride", "samples" (every
stride-th element), "sum", "norm" (L2), "projections" (four sums with signs from the rule)}.
"rounding": the same with Keras in float64, largest difference over largest magnitude: what Keras's
own float32 is worth here.
"""

import importlib.metadata
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf
from tensorflow import keras

import keras_network
import philox

WHOLE = 2000
SAMPLES = 300
SEED, EPOCH, FIRST_POSITION = 0x123456789ABC, 2, 40

CASES = {
    "matrix120-classes3": (keras_network.neatms(120, 3), 8, False),
    "matrix60-classes2": (keras_network.neatms(60, 2), 5, False),
    "matrix77-classes4": (keras_network.neatms(77, 4), 3, False),
    "narrow31-classes3": (
        keras_network.neatms(31, 3, filters=(6, 10), units=12, rate=0.25),
        4,
        True,
    ),
}


def runs(batch):
    """Name, optimizer, learning rate, momentum, batches."""
    same = [[0, batch]] * 5
    last = max(batch // 2, 1)
    changing = [[0, batch], [batch, batch], [2 * batch, last], [0, batch], [batch, batch]]
    return [
        ("adam 0.001", "adam", 1e-3, 0.0, same),
        ("adam 0.00001", "adam", 1e-5, 0.0, same),
        ("sgd 0.01", "sgd", 1e-2, 0.0, same),
        ("sgd 0.01 momentum 0.9", "sgd", 1e-2, 0.9, same),
        ("adam 0.001 changing batches", "adam", 1e-3, 0.0, changing),
    ]


def next_prime(n):
    while any(n % d == 0 for d in range(2, int(n**0.5) + 1)):
        n += 1
    return n


def number(value):
    """The shortest decimal that float32 reads back."""
    return float(str(np.float32(value)))


def describe(value, exact, whole):
    """A tensor's entry; `exact` is the same in float64."""
    flat = np.asarray(value, np.float64).reshape(-1)
    largest = np.abs(flat).max()
    difference = np.abs(flat - np.asarray(exact, np.float64).reshape(-1)).max()
    entry = {
        "shape": list(np.shape(value)),
        "rounding": float(f"{difference / largest if largest else difference:.2g}"),
    }
    if whole or flat.size <= WHOLE:
        entry["values"] = [number(v) for v in flat]
        return entry
    # A prime stride visits every channel.
    entry["stride"] = next_prime(-(-flat.size // SAMPLES))
    entry["samples"] = [number(v) for v in flat[:: entry["stride"]]]
    entry["sum"] = float(flat.sum())
    entry["norm"] = float(np.sqrt((flat**2).sum()))
    entry["projections"] = [float((flat * philox.signs(p, flat.size)).sum()) for p in range(4)]
    return entry


def describe_all(values, exact, whole):
    return {name: describe(values[name], exact[name], whole) for name in values}


class Case:
    """One case at one precision: everything the file keeps, as arrays."""

    def __init__(self, architecture, batch, precision):
        keras.backend.clear_session()
        keras.backend.set_floatx(precision)
        self.architecture, self.batch = architecture, batch
        self.classes = architecture["layers"][-1]["units"]
        self.samples = 3 * batch
        self.x = philox.inputs(self.samples, architecture["matrix_size"]).astype(precision)
        self.y = np.eye(self.classes, dtype=precision)[philox.labels(self.samples, self.classes)]

    def model(self, masks={}):
        model = keras_network.build(self.architecture, masks)
        for t, weight in enumerate(model.trainable_weights):
            weight.assign(philox.start_tensor(t, tuple(weight.shape)))
        return model

    def weights(self, model):
        return {w.name.split(":")[0]: w.numpy() for w in model.trainable_weights}

    def start(self):
        return self.weights(self.model())

    def outputs(self):
        model = self.model()
        names = [layer["name"] for layer in self.architecture["layers"]]
        every = keras.Model(model.input, [model.get_layer(name).output for name in names])
        return dict(zip(names, (o.numpy() for o in every(self.x[: self.batch], training=False))))

    def loss(self, masks={}):
        """Losses, metrics and gradients of the first batch; the dropout layers only by `masks`."""
        model = self.model(masks)
        x, y = self.x[: self.batch], self.y[: self.batch]
        with tf.GradientTape() as tape:
            probabilities = model(x, training=False)
            entropy = tf.reduce_mean(keras.losses.categorical_crossentropy(y, probabilities))
            loss = entropy + tf.add_n(model.losses)
        gradients = tape.gradient(loss, model.trainable_weights)
        accuracy = keras.metrics.categorical_accuracy(y, probabilities)
        mae = keras.metrics.mean_absolute_error(y, probabilities)
        return {
            "count": self.batch,
            "loss": float(loss),
            "cross_entropy": float(entropy),
            "accuracy": float(tf.reduce_mean(accuracy)),
            "mae": float(tf.reduce_mean(mae)),
            "gradients": {
                w.name.split(":")[0]: g.numpy() for w, g in zip(model.trainable_weights, gradients)
            },
        }

    def masked_loss(self):
        positions = range(FIRST_POSITION, FIRST_POSITION + self.batch)
        masks, units = {}, None
        for index, layer in enumerate(self.architecture["layers"]):
            units = layer.get("units", units)
            if layer["class_name"] == "Dropout":
                masks[layer["name"]] = philox.dropout_mask(
                    layer["rate"], SEED, EPOCH, positions, units, index
                )
        return self.loss(masks)

    def train(self, optimizer, rate, momentum, batches):
        model = self.model(self.no_dropout())
        start = self.weights(model)
        if optimizer == "adam":
            algorithm = keras.optimizers.Adam(learning_rate=rate)
        else:
            algorithm = keras.optimizers.SGD(learning_rate=rate, momentum=momentum)
        model.compile(algorithm, "categorical_crossentropy", metrics=["accuracy", "mae"])
        losses, movement = [], {}
        for step, (first, count) in enumerate(batches, 1):
            rows = slice(first, first + count)
            losses.append(float(model.train_on_batch(self.x[rows], self.y[rows])[0]))
            if step in (1, len(batches)):
                now = self.weights(model)
                movement[str(step)] = {
                    name: now[name].astype(np.float64) - start[name] for name in now
                }
        return losses, movement

    def no_dropout(self):
        ones = np.ones((1, 1), np.float32)
        layers = self.architecture["layers"]
        return {layer["name"]: ones for layer in layers if layer["class_name"] == "Dropout"}


def evaluated(single, double, whole):
    entry = {key: value for key, value in single.items() if key != "gradients"}
    entry["gradients"] = describe_all(single["gradients"], double["gradients"], whole)
    return entry


def make(name, architecture, batch, whole):
    collected = {"float32": {}, "float64": {}}
    for precision, into in collected.items():
        case = Case(architecture, batch, precision)
        into["start"], into["outputs"] = case.start(), case.outputs()
        into["plain"], into["masked"] = case.loss(), case.masked_loss()
        into["training"] = [case.train(*run[1:]) for run in runs(batch)]
    single, double = collected["float32"], collected["float64"]
    inference = evaluated(single["plain"], double["plain"], whole)
    inference["outputs"] = describe_all(single["outputs"], double["outputs"], whole)
    masked = evaluated(single["masked"], double["masked"], whole)
    masked.update(seed=SEED, epoch=EPOCH, first_position=FIRST_POSITION)
    training = []
    for run, ours, exact in zip(runs(batch), single["training"], double["training"]):
        title, optimizer, rate, momentum, batches = run
        entry = {
            "name": title,
            "optimizer": optimizer,
            "learning_rate": rate,
            "momentum": momentum,
            "batches": batches,
            "losses": ours[0],
            "movement": {k: describe_all(ours[1][k], exact[1][k], whole) for k in ours[1]},
        }
        training.append(entry)
    return {
        "description": f"{name}: computed by scripts/python/fixtures-model.py, which explains it",
        "keras": importlib.metadata.version("keras"),
        "architecture": architecture,
        "samples": 3 * batch,
        "start": describe_all(single["start"], double["start"], whole),
        "inference": inference,
        "dropout": masked,
        "training": training,
    }


def worst_rounding(entry):
    if isinstance(entry, dict):
        if "rounding" in entry:
            return entry["rounding"]
        return max((worst_rounding(value) for value in entry.values()), default=0)
    if isinstance(entry, list):
        return max((worst_rounding(value) for value in entry), default=0)
    return 0


def main():
    philox.check_known_answers()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/ModelTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (architecture, batch, whole) in CASES.items():
        fixture = make(name, architecture, batch, whole)
        path = folder / f"{name}.json"
        path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
        rounding = {
            key: worst_rounding(fixture[key]) for key in ("inference", "dropout", "training")
        }
        print(f"{path}: {path.stat().st_size // 1024} kB, worst rounding {rounding}")


if __name__ == "__main__":
    main()
