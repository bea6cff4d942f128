"""Real Keras 2.15's side of `real-peaks.py`: train NeatMS's network, and measure any model file."""

import os
import types

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import h5py
import numpy as np
import tensorflow as tf
from NeatMS.handler import NN_handler
from tensorflow import keras

SETS = ("train", "test", "validation")

# One core a run, so that several run side by side, and repeat to the bit.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def names(group):
    """Ids may repeat from study to study."""
    columns = [group[key].asstr()[:] for key in ("sample", "id") if key in group]
    return [" ".join(words) for words in zip(*columns)]


def read(path):
    """The classes, the matrix size, and for each set x (with a channel axis), one-hot y and a name
    for each peak."""
    with h5py.File(path) as file:
        classes = [v.decode() if isinstance(v, bytes) else v for v in file.attrs["classes"]]
        sets = {
            name: (
                file[f"{name}/x"][:][..., None],
                keras.utils.to_categorical(file[f"{name}/y"][:], len(classes)),
                names(file[name]),
            )
            for name in SETS
        }
        return classes, int(file.attrs["matrix_size"]), sets


def untrained(classes, matrix_size, learning_rate):
    """The model of NeatMS 0.9's own `create_model`, compiled as there but for the learning rate,
    which NeatMS passes as `lr`: Keras 2.15 ignores that."""
    annotations = [types.SimpleNamespace(label=name, peaks=[]) for name in classes]
    table = types.SimpleNamespace(annotation_table=types.SimpleNamespace(annotations=annotations))
    experiment = types.SimpleNamespace(feature_tables=[table])
    handler = NN_handler(experiment, matrice_size=matrix_size)
    handler.create_model()
    handler.class_model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        metrics=["accuracy", "mae"],
    )
    return handler.class_model


def train(batches, model_path, seed, epochs, batch_size, learning_rate):
    classes, matrix_size, sets = read(batches)
    keras.utils.set_random_seed(seed)
    model = untrained(classes, matrix_size, learning_rate)
    model.fit(
        *sets["train"][:2],
        validation_data=sets["test"][:2],
        epochs=epochs,
        batch_size=batch_size,
        verbose=0,
    )
    model.save(model_path, save_format="h5")


def measure(batches, model_path):
    """Accuracy and loss on every set, and which of the peaks held out are told right, by name.
    Whoever trained the model, Keras measures it."""
    _, _, sets = read(batches)
    model = keras.models.load_model(model_path)
    found = {"right": {}}
    for name, (x, y, peaks) in sets.items():
        loss, accuracy, _ = model.evaluate(x, y, verbose=0)
        found[name] = {"accuracy": accuracy, "loss": loss}
        if name != "train":
            right = model.predict(x, verbose=0).argmax(1) == y.argmax(1)
            found["right"].update(zip(peaks, map(int, right)))
    return found


def train_and_measure(batches, model_path, *settings):
    train(batches, model_path, *settings)
    return measure(batches, model_path)
