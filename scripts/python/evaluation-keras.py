"""Trains a small NeatMS model with Keras 2.15, writes it, and prints as JSON what Keras and NeatMS say
about it: what `neatms-evaluate` is compared with.

    "$(scripts/venv.sh keras2)" scripts/python/evaluation-keras.py BATCHES.h5 MODEL.h5

The model is made, trained, written and read again by NeatMS 0.9's own `NN_handler`; `history.csv` is
written beside it. Keys: `test` and `validation` (Keras's `evaluate`: loss, accuracy, mae; and
scikit-learn's confusion), `thresholds` (NeatMS's `get_threshold` for each class where it has a class
Low_quality) and `auc` (scikit-learn's, for each class).
"""

import json
import os
import pathlib
import sys
import types

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import h5py
import numpy as np
import sklearn.metrics
from NeatMS.handler import NN_handler
from tensorflow import keras


def handler_for(classes, matrix_size):
    annotations = [types.SimpleNamespace(label=name, peaks=[]) for name in classes]
    table = types.SimpleNamespace(annotation_table=types.SimpleNamespace(annotations=annotations))
    experiment = types.SimpleNamespace(feature_tables=[table])
    return NN_handler(experiment, matrice_size=matrix_size)


def load(handler, file, count):
    for split, name in (("train", "train"), ("test", "test"), ("validation", "validation")):
        x = file[f"{split}/x"][:]
        setattr(handler, f"X_{name}", x.reshape(*x.shape, 1).astype("float32"))
        setattr(handler, f"y_{name}", keras.utils.to_categorical(file[f"{split}/y"][:], count))


def measures(model, x, y):
    names = ("loss", "accuracy", "mae")
    found = dict(zip(names, model.evaluate(x, y, verbose=0)))
    predicted = model.predict(x, verbose=0).argmax(1)
    every = list(range(y.shape[1]))
    found["confusion"] = sklearn.metrics.confusion_matrix(
        y.argmax(1), predicted, labels=every
    ).tolist()
    return found


def thresholds(handler, classes):
    """NeatMS calls `predict` for one peak at a time, which Keras takes long over: asked once."""
    whole = handler.class_model.predict(handler.X_validation, verbose=0)
    model, matrices = handler.class_model, handler.X_validation
    handler.X_validation = np.arange(len(matrices))
    handler.class_model = types.SimpleNamespace(predict=lambda which: whole[which])
    found = {name: float(handler.get_threshold(name)) for name in classes}
    handler.class_model, handler.X_validation = model, matrices
    return found


def main():
    batches, path = sys.argv[1:3]
    keras.utils.set_random_seed(3)
    with h5py.File(batches) as file:
        classes = [v.decode() if isinstance(v, bytes) else v for v in file.attrs["classes"]]
        handler = handler_for(classes, int(file.attrs["matrix_size"]))
        load(handler, file, len(classes))
    handler.create_model()
    history = keras.callbacks.CSVLogger(str(pathlib.Path(path).parent / "history.csv"))
    handler.class_model.fit(
        handler.X_train,
        handler.y_train,
        validation_data=(handler.X_test, handler.y_test),
        epochs=3,
        verbose=0,
        callbacks=[history],
    )
    handler.class_model.save(path, save_format="h5")
    handler.create_model(model=path)
    model = handler.class_model
    truth = handler.y_validation.argmax(1)
    scores = model.predict(handler.X_validation, verbose=0)
    print(
        json.dumps(
            {
                "test": measures(model, handler.X_test, handler.y_test),
                "validation": measures(model, handler.X_validation, handler.y_validation),
                "thresholds": thresholds(handler, classes) if "Low_quality" in classes else {},
                "auc": {
                    name: sklearn.metrics.roc_auc_score(truth == index, scores[:, index])
                    for index, name in enumerate(classes)
                },
            }
        )
    )


main()
