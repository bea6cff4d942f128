"""Writes Tests/ModelTests/Fixtures/Chains: what Keras 2.15 computes for chains of other layers than
NeatMS's, and with frozen layers, to compare with.

    "$(scripts/venv.sh keras2)" scripts/python/fixtures-chains.py [FOLDER]

Made by the same rule as the network's fixtures (`fixtures-model.py`, which explains tensors). One
JSON file a chain:

    keras, architecture       as there
    count                     the first samples of the rule
    inference                 loss, cross_entropy, accuracy, mae; outputs (every layer's) and gradients
    dropout                   the same with masks by the rule of Sources/Model: seed, epoch,
                              first_position; only for chains with dropout
    freezes                   the same samples, with layers not trained (none in the first):
        frozen                their names
        loss                  of the first step, with every L2 term
        gradients             tensors, of the trained layers only (but for the first: see inference)
        training              runs of STEPS steps from the start weights, dropout off: optimizer,
                              learning_rate, momentum, losses, and movement: the weights' after all
                              steps
"""

import importlib
import importlib.metadata
import json
import pathlib
import sys

fixtures = importlib.import_module("fixtures-model")

import numpy as np
import tensorflow as tf
from tensorflow import keras

import keras_network
import philox
from keras_network import dense, dropout

STEPS = 4
RUNS = [("adam", 1e-3, 0.0), ("sgd", 1e-2, 0.9)]
# Tensors of more numbers are sampled.
fixtures.WHOLE, fixtures.SAMPLES = 160, 120
FLATTEN = {"name": "flatten", "class_name": "Flatten"}


def conv(name, filters, height, width, activation="relu", **more):
    return {
        "name": name,
        "class_name": "Conv2D",
        "filters": filters,
        "kernel_height": height,
        "kernel_width": width,
        "activation": activation,
        **more,
    }


def pool(name, height, width, padding="valid"):
    return {
        "name": name,
        "class_name": "MaxPooling2D",
        "pool_height": height,
        "pool_width": width,
        "padding": padding,
    }


def activation(name, function):
    return {"name": name, "class_name": "Activation", "activation": function}


def chain(points, *layers):
    return {"matrix_size": points, "layers": list(layers)}


# Name: the chain, samples, and which layers are frozen in each variant after the first.
CHAINS = {
    "even-kernels": (
        chain(
            17,
            conv("c1", 5, 2, 4),
            pool("p1", 2, 3),
            conv("c2", 6, 4, 2, "elu"),
            FLATTEN,
            dense("d1", 7, "tanh", 0.01),
            dense("out", 3, "softmax"),
        ),
        4,
        [["c1"], ["c2"], ["c1", "p1", "c2"], ["d1", "out"]],
    ),
    "valid-padding": (
        chain(
            20,
            conv("c1", 4, 1, 3, "sigmoid", padding="valid"),
            pool("p1", 1, 2, "same"),
            conv("c2", 5, 2, 4, "swish", padding="valid"),
            FLATTEN,
            dense("out", 4, "softmax"),
        ),
        5,
        [["c1", "c2"]],
    ),
    "activation-layers": (
        chain(
            13,
            conv("c1", 4, 3, 3, "linear", use_bias=False, l2=0.02),
            activation("a1", "relu"),
            pool("p1", 2, 2, "same"),
            activation("a2", "softsign"),
            FLATTEN,
            activation("a3", "selu"),
            dense("d1", 6, "linear"),
            activation("a4", "gelu"),
            dropout("drop", 0.5),
            dense("d2", 3, "relu"),
            activation("out", "softmax"),
        ),
        4,
        [["c1"], ["c1", "d1"]],
    ),
    "three-convolutions": (
        chain(
            23,
            conv("c1", 4, 5, 5),
            pool("p1", 1, 2),
            conv("c2", 5, 3, 3, "relu", l2=0.01),
            conv("c3", 6, 3, 2),
            pool("p3", 1, 3),
            FLATTEN,
            dense("d1", 8, "relu", 0.001),
            dropout("drop", 0.25),
            dense("out", 3, "softmax"),
        ),
        6,
        [["c1"], ["c2"], ["c1", "c2", "c3"], ["c1", "c2", "c3", "d1"], ["d1"], ["c2", "out"]],
    ),
    "dropout-everywhere": (
        chain(
            11,
            dropout("drop_1", 0.2),
            conv("c1", 4, 3, 3, "softplus"),
            dropout("drop_2", 0.4),
            pool("p1", 1, 4, "same"),
            FLATTEN,
            dropout("drop_3", 0.3),
            dense("d1", 6, "mish"),
            dropout("drop_4", 0.5),
            dense("d2", 5, "exponential", 0.01),
            dense("out", 3, "softmax"),
        ),
        5,
        [["c1"], ["d1"]],
    ),
    "no-pooling-no-bias": (
        chain(
            9,
            conv("c1", 4, 2, 2, "tanh", use_bias=False),
            conv("c2", 3, 1, 1, "gelu", padding="valid"),
            FLATTEN,
            {**dense("d1", 6, "elu", 0.01), "use_bias": False},
            {**dense("out", 2, "softmax"), "use_bias": False},
        ),
        4,
        [["c2", "d1"]],
    ),
    "dense-before-flatten": (
        chain(
            12,
            dense("d0", 3, "relu"),
            pool("p1", 2, 12),
            FLATTEN,
            dense("d1", 5, "selu"),
            dense("out", 3, "softmax"),
        ),
        4,
        [["d0"]],
    ),
    "no-convolution": (
        chain(10, FLATTEN, dropout("drop", 0.1), dense("d1", 6, "relu"), dense("out", 3, "softmax")),
        4,
        [["d1"]],
    ),
    "all-convolutions": (
        chain(
            8,
            conv("c1", 4, 2, 3, "relu", padding="valid"),
            conv("c2", 3, 1, 6, "linear", padding="valid"),
            FLATTEN,
            activation("out", "softmax"),
        ),
        4,
        [["c1"]],
    ),
}


def freeze(architecture, names):
    layers = [
        {**layer, "trainable": False} if layer["name"] in names else layer
        for layer in architecture["layers"]
    ]
    return {**architecture, "layers": layers}


class Chain(fixtures.Case):
    """One chain at one precision, with some layers frozen."""

    def __init__(self, architecture, count, precision):
        keras.backend.clear_session()
        keras.backend.set_floatx(precision)
        self.architecture, self.batch = architecture, count
        self.classes = self.model().output_shape[-1]
        self.x = philox.inputs(count, architecture["matrix_size"]).astype(precision)
        self.y = np.eye(self.classes, dtype=precision)[philox.labels(count, self.classes)]

    def model(self, masks={}):
        model = keras_network.build(self.architecture, masks)
        for number, weight in enumerate(self.ordered(model)):
            weight.assign(philox.start_tensor(number, tuple(weight.shape)))
        return model

    def ordered(self, model):
        """All weights, also frozen ones, which `model.weights` puts last."""
        return [weight for layer in model.layers for weight in layer.weights]

    def weights(self, model):
        return {w.name.split(":")[0]: w.numpy() for w in self.ordered(model)}

    def masked(self):
        model = keras_network.build(self.architecture)
        positions = range(fixtures.FIRST_POSITION, fixtures.FIRST_POSITION + self.batch)
        masks = {}
        for index, layer in enumerate(self.architecture["layers"]):
            if layer["class_name"] == "Dropout":
                shape = model.get_layer(layer["name"]).input_shape[1:]
                drawn = philox.dropout_mask(
                    layer["rate"],
                    fixtures.SEED,
                    fixtures.EPOCH,
                    positions,
                    int(np.prod(shape)),
                    index,
                )
                masks[layer["name"]] = drawn.reshape(-1, *shape)
        return self.loss(masks) if masks else None

    def loss(self, masks={}):
        """As the network's, for chains without any L2 term too."""
        model = self.model(masks)
        with tf.GradientTape() as tape:
            probabilities = model(self.x, training=False)
            entropy = tf.reduce_mean(keras.losses.categorical_crossentropy(self.y, probabilities))
            loss = tf.add_n([entropy, *model.losses])
        gradients = tape.gradient(loss, model.trainable_weights)
        accuracy = keras.metrics.categorical_accuracy(self.y, probabilities)
        mae = keras.metrics.mean_absolute_error(self.y, probabilities)
        return {
            "loss": float(loss),
            "cross_entropy": float(entropy),
            "accuracy": float(tf.reduce_mean(accuracy)),
            "mae": float(tf.reduce_mean(mae)),
            "gradients": {
                w.name.split(":")[0]: g.numpy() for w, g in zip(model.trainable_weights, gradients)
            },
        }

    def no_dropout(self):
        layers = self.architecture["layers"]
        return {
            layer["name"]: np.ones((), np.float32)
            for layer in layers
            if layer["class_name"] == "Dropout"
        }

    def runs(self):
        found = []
        for optimizer, rate, momentum in RUNS:
            losses, movement = self.train(optimizer, rate, momentum, [[0, self.batch]] * STEPS)
            found.append((losses, movement[str(STEPS)]))
        return found


def both(architecture, count):
    """Everything of one chain in float32 and in float64."""
    found = []
    for precision in ("float32", "float64"):
        case = Chain(architecture, count, precision)
        found.append((case.loss(), case.masked(), case.outputs(), case.runs()))
    return found


def variant(architecture, count, frozen):
    single, double = both(freeze(architecture, frozen), count)
    entry = {"frozen": frozen, "loss": single[0]["loss"], "training": []}
    if frozen:
        entry["gradients"] = fixtures.describe_all(
            single[0]["gradients"], double[0]["gradients"], False
        )
    for (optimizer, rate, momentum), ours, exact in zip(RUNS, single[3], double[3]):
        entry["training"].append(
            {
                "optimizer": optimizer,
                "learning_rate": rate,
                "momentum": momentum,
                "losses": ours[0],
                "movement": fixtures.describe_all(ours[1], exact[1], False),
            }
        )
    return entry, single, double


def make(architecture, count, freezes):
    entry, single, double = variant(architecture, count, [])
    inference = fixtures.evaluated(single[0], double[0], False)
    inference["outputs"] = fixtures.describe_all(single[2], double[2], False)
    result = {
        "keras": importlib.metadata.version("keras"),
        "architecture": architecture,
        "count": count,
        "inference": inference,
        "freezes": [entry] + [variant(architecture, count, names)[0] for names in freezes],
    }
    if single[1]:
        result["dropout"] = fixtures.evaluated(single[1], double[1], False)
        result["dropout"].update(
            seed=fixtures.SEED, epoch=fixtures.EPOCH, first_position=fixtures.FIRST_POSITION
        )
    return result


def main():
    philox.check_known_answers()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    root = pathlib.Path(__file__).resolve().parents[2]
    default = root / "Tests/ModelTests/Fixtures/Chains"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    folder.mkdir(parents=True, exist_ok=True)
    for name, (architecture, count, freezes) in CHAINS.items():
        path = folder / f"{name}.json"
        path.write_text(
            json.dumps(make(architecture, count, freezes), separators=(",", ":")) + "\n"
        )
        rounding = fixtures.worst_rounding(json.loads(path.read_text()))
        print(f"{path}: {path.stat().st_size // 1024} kB, worst rounding {rounding}")


if __name__ == "__main__":
    main()
