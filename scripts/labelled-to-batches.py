#!/usr/bin/env python3
"""Makes a batches.h5 of labelled peak matrices kept in a NumPy file.

    "$(scripts/venv.sh keras2)" scripts/labelled-to-batches.py IN.npz OUT.h5 [--seed S] [--split 0.1]

IN.npz holds X (peaks × 2 × points: intensity scaled to 0 … 1, window), y (class names), and where
known id and sample (texts, one a peak). The peaks are shuffled; the first part goes to `test`, the
second, as large, to `validation`, the rest to `train`, as NeatMS's create_batches does. The classes
are sorted. Needs NumPy and h5py.
"""

import argparse
import os
import pickle
import sys
import zipfile

import h5py
import numpy as np


class Problem(Exception):
    """What to tell the user, and a sysexits code."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


def read(path):
    """X (float32), y (class names), and a dictionary of the columns of texts."""
    try:
        # Texts stored as Python objects need allow_pickle: only open files that you trust.
        file = np.load(path, allow_pickle=True)
    except FileNotFoundError:
        raise Problem(f"{path}: no such file", 66) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise Problem(f"{path}: is not a NumPy .npz file ({error})", 65) from None
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise Problem(f"{path}: is one NumPy array, not a .npz file of several", 65)
    missing = [name for name in ("X", "y") if name not in file]
    if missing:
        raise Problem(f"{path}: expected the arrays X and y, found {', '.join(file)}", 65)
    matrices = np.asarray(file["X"], dtype=np.float32)
    names = file["y"].astype(str)
    if matrices.ndim != 3 or matrices.shape[1] != 2 or len(names) != len(matrices):
        raise Problem(
            f"{path}: expected X of (peaks, 2, points) and a y for each peak, "
            f"found X {matrices.shape}, y {names.shape}",
            65,
        )
    bad = np.flatnonzero(~np.isfinite(matrices).all(axis=(1, 2)))
    if len(bad):
        raise Problem(f"{path}: X, peak {bad[0]}: a value is not finite", 65)
    columns = {"id": np.arange(len(names)).astype(str)}
    columns.update({name: file[name].astype(str) for name in ("id", "sample") if name in file})
    return matrices, names, columns


def split(count, share, seed):
    """Positions of the peaks in each set."""
    order = np.random.RandomState(seed).permutation(count)
    part = int(round(share * count))
    if count - 2 * part < 1:
        raise Problem(f"--split {share} leaves no peak of {count} to train on", 64)
    return {"train": order[2 * part :], "test": order[:part], "validation": order[part : 2 * part]}


def write(path, matrices, names, columns, sets, arguments):
    classes, labels = np.unique(names, return_inverse=True)
    if len(classes) < 2:
        raise Problem(f"{arguments.input}: expected at least 2 classes, found {len(classes)}", 65)
    text = h5py.string_dtype()
    # Under another name until it is whole.
    part = f"{path}.part"
    with h5py.File(part, "w") as file:
        file.attrs["format"] = "neatms-batches"
        file.attrs["version"] = 1
        file.attrs["matrix_size"] = matrices.shape[2]
        # The window says how wide the margins are, in units of the peak's width.
        inside = matrices[0, 1].sum()
        file.attrs["margin"] = round(float((matrices.shape[2] - inside) / 2 / max(inside, 1)), 2)
        file.attrs["classes"] = np.array(classes, dtype=text)
        file.attrs["seed"] = arguments.seed
        file.attrs["validation_split"] = arguments.split
        file.attrs["source"] = os.path.basename(arguments.input)
        for name, rows in sets.items():
            group = file.create_group(name)
            group["x"] = matrices[rows]
            group["y"] = labels[rows].astype(np.int32)
            for column, values in columns.items():
                group.create_dataset(column, data=values[rows].astype(object), dtype=text)
    os.replace(part, path)
    return classes, labels


def describe(path, classes, labels, sets):
    print(f"{path}: {len(labels)} peaks")
    width = max(map(len, classes))
    print(" " * width, *(f"{name:>10}" for name in sets))
    for index, name in enumerate(classes):
        counts = (int((labels[rows] == index).sum()) for rows in sets.values())
        print(f"{name:{width}}", *(f"{count:10}" for count in counts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("input", metavar="IN.npz")
    parser.add_argument("output", metavar="OUT.h5")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle (default: 0)")
    parser.add_argument(
        "--split", type=float, default=0.1, help="share of test, and of validation (default: 0.1)"
    )
    arguments = parser.parse_args()
    if not 0 <= arguments.split < 0.5 or not 0 <= arguments.seed < 2**32:
        raise Problem("--split must be in 0 … 0.5, --seed in 0 … 4294967295", 64)
    matrices, names, columns = read(arguments.input)
    sets = split(len(names), arguments.split, arguments.seed)
    try:
        classes, labels = write(arguments.output, matrices, names, columns, sets, arguments)
    except OSError as error:
        raise Problem(f"{arguments.output}: cannot be written ({error})", 73) from None
    describe(arguments.output, classes, labels, sets)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        print(f"labelled-to-batches: {problem}", file=sys.stderr)
        sys.exit(problem.code)
