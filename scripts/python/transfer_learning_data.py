"""Which real labelled peaks `transfer-learning.py` trains and tests on."""

import importlib.util
import pathlib
import types

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
STUDIES = ("covid_plasma", "ST000081", "ST001882_GT_RP_Positive")
TARGETS = ("squallms",) + STUDIES
# What the two data sets call the same thing.
SAME = {"Good": "True_peak", "Bad": "Artifact"}
# Held-out peaks: a third of squallms' 326, and of a study's 500 what 400 labelled ones leave.
HELD_OUT = {"squallms": 1 / 3}


def converter():
    """`scripts/labelled-to-batches.py`, whose name is not a module's."""
    spec = importlib.util.spec_from_file_location(
        "labelled_to_batches", HERE.parent / "labelled-to-batches.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CONVERTER = converter()


class Peaks:
    """Labelled peaks of one file; `groups` says which must stay together: the same feature (or the
    same matrix) in the training and in the test set would make a test too easy."""

    def __init__(self, path):
        self.path = path
        self.matrices, self.names, self.columns = CONVERTER.read(path)
        self.samples = self.columns["sample"]
        if path.stem == "squallms":
            keys = [name.split("|")[0] for name in self.columns["id"]]
        else:
            keys = [matrix.tobytes() for matrix in self.matrices]
        self.groups = np.unique(np.array(keys, dtype=object).astype("O"), return_inverse=True)[1]

    def write(self, path, sets, names=None):
        """A batches.h5 of these rows, with these class names."""
        arguments = types.SimpleNamespace(input=str(self.path), seed=0, split=0.0)
        names = self.names if names is None else names
        used = np.concatenate(list(sets.values()))
        everywhere = set(np.unique(names))
        if set(np.unique(names[used])) != everywhere:
            raise SystemExit(f"{path}: a class has no peak")
        CONVERTER.write(path, self.matrices, names, self.columns, sets, arguments)


def order_of_groups(rows, groups, seed):
    """The rows in random order, the rows of a group next to each other."""
    random = np.random.RandomState(seed)
    shuffled = random.permutation(np.unique(groups[rows]))
    return [rows[groups[rows] == group] for group in shuffled]


def take(parts, count):
    """Whole groups until there are `count` rows, the last cut; and the groups that are left."""
    taken, used = [], 0
    for part in parts:
        if sum(map(len, taken)) >= count:
            break
        taken.append(part)
        used += 1
    rows = np.concatenate(taken) if taken else np.array([], int)
    return rows[:count], parts[used:]


class Task:
    """One target: its held-out peaks, and what may be labelled of the others."""

    def __init__(self, target, folder):
        self.target = target
        self.detective = Peaks(folder / "peakdetective.npz")
        self.peaks = Peaks(folder / "squallms.npz") if target == "squallms" else self.detective
        rows = np.flatnonzero((self.peaks.samples == target) | (target == "squallms"))
        share = HELD_OUT.get(target, 1 - 400 / len(rows))
        parts = order_of_groups(rows, self.peaks.groups, 0)
        self.held_out, self.rest = take(parts, round(share * len(rows)))
        self.pool = np.concatenate(self.rest)

    def sizes(self, wanted):
        """The numbers of labelled peaks that there are enough for."""
        return [size for size in wanted if size <= len(self.pool)]

    def larger_class(self):
        """The share of the larger class among the held-out peaks."""
        counts = np.unique(self.peaks.names[self.held_out], return_counts=True)[1]
        return counts.max() / counts.sum()

    def write_source(self, path, seed):
        """All peaks of other studies: four fifths to train on, one fifth to watch."""
        rows = np.flatnonzero(self.detective.samples != self.target)
        parts = order_of_groups(rows, self.detective.groups, seed)
        test, left = take(parts, len(rows) // 5)
        sets = {"train": np.concatenate(left), "test": test, "validation": test[:0]}
        self.detective.write(path, sets)

    def write_labelled(self, path, size, seed):
        """`size` labelled peaks, a fifth of them to watch; `validation` is the held-out ones. With
        the same seed fewer peaks are a part of more."""
        parts = order_of_groups(self.pool, self.peaks.groups, seed)
        chosen, _ = take(parts, size)
        parts = order_of_groups(chosen, self.peaks.groups, seed + 1000)
        test, left = take(parts, size // 5)
        sets = {"train": np.concatenate(left), "test": test, "validation": self.held_out}
        self.peaks.write(path, sets)

    def write_held_out(self, path):
        """The held-out peaks under the source's class names, for the source's model."""
        names = np.array([SAME.get(name, name) for name in self.peaks.names])
        sets = {"train": self.pool, "test": self.pool[:0], "validation": self.held_out}
        self.peaks.write(path, sets, names)
