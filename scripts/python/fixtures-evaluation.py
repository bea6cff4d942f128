"""Writes Tests/EvaluationTests/Fixtures/evaluation.json: what Keras 2.15, NeatMS 0.9 and scikit-learn
say about the same probabilities.

    "$(scripts/venv.sh keras2)" scripts/python/fixtures-evaluation.py [FILE]

One entry a case:

    name, classes, labels
    probabilities     peaks × classes, of a Keras softmax, as float32
    keras             accuracy, loss, mae: `evaluate` of that model, compiled as NeatMS does
    sklearn           confusion (rows: truth), precision, recall (null: undefined)
    labels_monitored  for each class: label, fpr, tpr, thresholds (the first is infinite and left out),
                      auc of scikit-learn; `neatms`, where NeatMS can: threshold, and the columns
                      true, false, false_low, false_noise (null: NeatMS divided 0 by 0)

Shares are rounded to 6 decimals, which tells any two counts of these few peaks apart.
"""

import json
import os
import pathlib
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import sklearn.metrics
from NeatMS.handler import NN_handler
from tensorflow import keras

warnings.filterwarnings("ignore")
NEATMS = ["High_quality", "Low_quality", "Noise"]


def shortest(values):
    """The fewest digits that give the same float32."""
    return [float(str(v)) for v in values.astype(np.float32)]


def drawn(random, count, classes, sharpness):
    """Labels, and logits that favour them."""
    labels = random.randint(0, classes, count)
    logits = random.normal(0, 1, (count, classes)) + sharpness * np.eye(classes)[labels]
    return labels, logits


def cases():
    random = np.random.RandomState(5)
    yield "three classes", NEATMS, *drawn(random, 120, 3, 1.5)
    labels, logits = drawn(random, 150, 3, 1.0)
    steps = np.round(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 1) + 0.01
    yield "many equal probabilities", NEATMS, labels, np.log(steps)
    # Every hundredth, nearest float32 above or below the threshold.
    share = np.arange(1, 100) / 100
    yield "at the thresholds", NEATMS, np.arange(99) % 3, np.log(
        np.array([share, (1 - share) / 2, (1 - share) / 2]).T
    )
    yield "two classes", NEATMS[:2], *drawn(random, 70, 2, 1.0)
    four = ["A_fourth", *NEATMS]
    yield "four classes", four, *drawn(random, 130, 4, 1.2)
    yield "separable", NEATMS, *drawn(random, 40, 3, 40.0)
    labels, logits = drawn(random, 60, 3, 1.0)
    yield "a class without peaks", NEATMS, labels % 2, logits
    yield "other names", ["Artifact", "True_peak"], *drawn(random, 90, 2, 2.0)


class Stub:
    """In the place of NeatMS's `class_model`: says what Keras said."""

    def __init__(self, probabilities):
        self.probabilities = probabilities

    def predict(self, which):
        return self.probabilities[which]


def neatms(probabilities, labels, classes, label):
    handler = NN_handler.__new__(NN_handler)
    handler.label_list = classes
    handler.class_model = Stub(probabilities)
    handler.X_validation = np.arange(len(labels))
    handler.y_validation = np.eye(len(classes))[labels]
    table = handler.get_true_vs_false_positive_df(label)
    columns = {
        name.lower(): [None if np.isnan(v) else round(v, 6) for v in table[name].tolist()]
        for name in ("True", "False", "False_low", "False_noise")
    }
    columns = {name: None if values[0] is None else values for name, values in columns.items()}
    return {"threshold": float(handler.get_threshold(label)), **columns}


def keras_says(labels, logits):
    inputs = keras.Input((logits.shape[1],))
    model = keras.Model(inputs, keras.layers.Activation("softmax")(inputs))
    model.compile(loss="categorical_crossentropy", metrics=["accuracy", "mae"])
    logits = logits.astype("float32")
    targets = keras.utils.to_categorical(labels, logits.shape[1])
    names = ("loss", "accuracy", "mae")
    found = dict(zip(names, model.evaluate(logits, targets, verbose=0)))
    return found, model.predict(logits, verbose=0)


def monitored(probabilities, labels, classes, index):
    entry = {"label": classes[index]}
    truth = labels == index
    if truth.any() and not truth.all():
        scores = probabilities[:, index]
        fpr, tpr, thresholds = sklearn.metrics.roc_curve(truth, scores)
        entry["fpr"], entry["tpr"] = fpr.round(6).tolist(), tpr.round(6).tolist()
        entry["thresholds"] = shortest(thresholds[1:])
        entry["auc"] = sklearn.metrics.roc_auc_score(truth, scores)
    if "Low_quality" in classes and truth.any():
        entry["neatms"] = neatms(probabilities, labels, classes, classes[index])
    return entry


def precision_recall(labels, predicted, count):
    precision, recall, _, _ = sklearn.metrics.precision_recall_fscore_support(
        labels, predicted, labels=list(range(count)), zero_division=np.nan
    )
    return [[None if np.isnan(v) else v for v in values] for values in (precision, recall)]


def describe(name, classes, labels, logits):
    found, probabilities = keras_says(labels, logits)
    predicted = probabilities.argmax(1)
    every = list(range(len(classes)))
    precision, recall = precision_recall(labels, predicted, len(classes))
    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "probabilities": shortest(probabilities.ravel()),
        "keras": found,
        "sklearn": {
            "confusion": sklearn.metrics.confusion_matrix(labels, predicted, labels=every).tolist(),
            "precision": precision,
            "recall": recall,
        },
        "labels_monitored": [monitored(probabilities, labels, classes, index) for index in every],
    }


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    default = root / "Tests/EvaluationTests/Fixtures/evaluation.json"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    written = [describe(*case) for case in cases()]
    text = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in written)
    path.write_text(f"[\n{text}\n]\n")
    print(f"{path}: {len(written)} cases")


main()
