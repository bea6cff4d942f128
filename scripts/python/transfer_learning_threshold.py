"""A model as it is, and the threshold that labelled peaks give it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import numpy as np
from tensorflow import keras


def best_threshold(probabilities, are_true):
    """The threshold that tells most of these peaks right: halfway between two of their
    probabilities, the nearest to 0.5 of equally good ones."""
    steps = np.unique(np.concatenate([[0.0], probabilities, [1.0]]))
    found = np.concatenate([[0.5], (steps[1:] + steps[:-1]) / 2])
    right = np.array([((probabilities >= one) == are_true).sum() for one in found])
    best = found[right == right.max()]
    return best[np.argmin(np.abs(best - 0.5))]


class Thresholded:
    """A model whose last class is the one looked for, opened by Keras."""

    def __init__(self, path):
        self.model = keras.models.load_model(path, compile=False)

    def predicted(self, batches, sets):
        """Probabilities of the last class, and whether the peaks are of it."""
        with h5py.File(batches) as file:
            matrices = np.concatenate([file[f"{name}/x"][:] for name in sets])
            labels = np.concatenate([file[f"{name}/y"][:] for name in sets])
            last = len(file.attrs["classes"]) - 1
        found = self.model(matrices[..., None], training=False).numpy()
        return found[:, last], labels == last

    def accuracy(self, batches):
        """On the held-out peaks, with the threshold from all labelled ones."""
        threshold = best_threshold(*self.predicted(batches, ("train", "test")))
        probabilities, are_true = self.predicted(batches, ("validation",))
        return float(((probabilities >= threshold) == are_true).mean())
