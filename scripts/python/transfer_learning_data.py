"""Which real labelled peaks `transfer-learning.py` trains and tests on."""

import importlib.util
import pathlib
import types

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
STUDIES = ("covid_plasma", "ST000081", "ST001882_GT_RP_Positive")
# Rates and patience were chosen on this one.
TUNED_ON = "covid_plasma"
TARGETS = ("squallms", "ST000081", "ST001882_GT_RP_Positive", TUNED_ON)
# What the two data sets call the same thing.
SAME = {"Good": "True_peak", "Bad": "Artifact"}
# Of squallms' peaks a third is held out, of a study's what 400 labelled ones leave.
HELD_OUT_SHARE, LABELLED = 1 / 3, 400


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

    def __init__(self, path, zeros_dropped=False):
        self.path = path
        self.matrices, names, self.columns = CONVERTER.read(path)
        self.names = np.array([SAME.get(name, name) for name in names])
        self.samples = self.columns["sample"]
        if path.stem == "squallms":
            keys = [name.split("|")[0] for name in self.columns["id"]]
        else:
            keys = [matrix.tobytes() for matrix in self.matrices]
        self.groups = np.unique(np.array(keys, dtype=object), return_inverse=True)[1]
        self.rows = np.arange(len(names))
        if zeros_dropped:
            self.drop_zeros(path)

    def drop_zeros(self, path):
        """The matrices that NeatMS makes, which drops scans without a point in the m/z window instead
        of taking them as zero; and only the peaks that are valid then."""
        file = np.load(path, allow_pickle=True)
        self.matrices = np.asarray(file["X_zeros_dropped"], dtype=np.float32)
        self.rows = np.flatnonzero(file["zeros_dropped_valid"])

    def write(self, path, sets):
        """A batches.h5 of these rows."""
        arguments = types.SimpleNamespace(input=str(self.path), seed=0, split=0.0)
        used = np.concatenate([sets["train"], sets["validation"]])
        if set(self.names[used]) != set(SAME.values()):
            raise SystemExit(f"{path}: a class has no peak")
        CONVERTER.write(path, self.matrices, self.names, self.columns, sets, arguments)


def parts_in_order(rows, groups, seed):
    """The groups of these rows in random order, each an array of rows."""
    shuffled = np.random.RandomState(seed).permutation(np.unique(groups[rows]))
    return [rows[groups[rows] == group] for group in shuffled]


def take(parts, count):
    """Whole groups until there are `count` rows, the last cut; and the groups that are left."""
    taken, used = [], 0
    while used < len(parts) and sum(map(len, taken)) < count:
        taken.append(parts[used])
        used += 1
    rows = np.concatenate(taken) if taken else np.array([], int)
    return rows[:count], parts[used:]


def joined(parts):
    return np.concatenate(parts) if parts else np.array([], int)


class Task:
    """One target: its held-out peaks, another part for each seed, and what may be labelled."""

    def __init__(self, target, folder):
        self.target = target
        other = target == "squallms"
        self.source = Peaks(folder / "peakdetective.npz", zeros_dropped=other)
        self.peaks = Peaks(folder / "squallms.npz") if other else self.source
        rows = self.peaks.rows
        rows = rows if other else rows[self.peaks.samples[rows] == target]
        self.parts = parts_in_order(rows, self.peaks.groups, 0)
        held_out = round(HELD_OUT_SHARE * len(rows)) if other else len(rows) - LABELLED
        self.folds = self.parted(held_out)
        self.most = len(rows) - max(map(len, self.folds))

    def parted(self, held_out):
        """Parts of about so many peaks that share no group, in turn one a seed."""
        folds, left = [], self.parts
        while sum(map(len, left)) > 0.9 * held_out:
            used = len(take(left, held_out)[1])
            folds.append(joined(left[: len(left) - used]))
            left = left[len(left) - used :]
        return folds

    def held_out(self, seed):
        return self.folds[(seed - 1) % len(self.folds)]

    def sizes(self, wanted):
        """The numbers of labelled peaks that there are enough for."""
        return [size for size in wanted if size <= self.most]

    def distinct(self, seeds):
        """All peaks that are held out for one of the seeds, and the share of the larger class."""
        rows = np.unique(np.concatenate([self.held_out(seed) for seed in seeds]))
        counts = np.unique(self.peaks.names[rows], return_counts=True)[1]
        return len(rows), counts.max() / counts.sum()

    def write_source(self, path, seed):
        """All peaks of other studies: four fifths to train on, one fifth to watch."""
        rows = self.source.rows[self.source.samples[self.source.rows] != self.target]
        test, left = take(parts_in_order(rows, self.source.groups, seed), len(rows) // 5)
        self.source.write(path, {"train": joined(left), "test": test, "validation": test[:0]})
        return len(rows)

    def write_labelled(self, path, size, seed):
        """`size` labelled peaks, a fifth of them to watch; `validation` is the held-out ones. With
        the same seed fewer peaks are a part of more."""
        held_out = self.held_out(seed)
        groups = self.peaks.groups
        free = [part for part in self.parts if not np.isin(groups[part], groups[held_out]).any()]
        chosen, _ = take(parts_in_order(joined(free), groups, seed), size)
        test, left = take(parts_in_order(chosen, groups, seed + 1000), size // 5)
        sets = {"train": joined(left), "test": test, "validation": held_out}
        self.peaks.write(path, sets)
