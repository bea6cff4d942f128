"""Makes batches files that mean harm, or are nonsense, out of a good one.

    hostile-batches.py BATCHES.h5 FOLDER

Writes one file a kind into FOLDER, and prints their names.
"""

import os
import shutil
import sys

import h5py
import numpy as np

batches, folder = sys.argv[1:]


def copy(name):
    print(name)
    path = os.path.join(folder, name)
    shutil.copyfile(batches, path)
    return h5py.File(path, "r+")


def replaced(name, make, part="train/x"):
    """A dataset made anew by make(parent group, name, values)."""
    with copy(name) as file:
        values = file[part][()]
        del file[part]
        parent, leaf = part.split("/")
        make(file[parent], leaf, values)


def virtual(group, name, values):
    layout = h5py.VirtualLayout(values.shape, "f4")
    layout[...] = h5py.VirtualSource("other.h5", "x", values.shape)
    group.create_virtual_dataset(name, layout)


def filtered(group, name, values):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(values.shape)
    plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
    space = h5py.h5s.create_simple(values.shape)
    dataset = h5py.h5d.create(group.id, name.encode(), h5py.h5t.NATIVE_FLOAT, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


replaced("soft-link.h5", lambda g, n, v: g.__setitem__(n, h5py.SoftLink("/elsewhere")))
replaced("external-link.h5",
         lambda g, n, v: g.__setitem__(n, h5py.ExternalLink("other.h5", "/x")))
replaced("external-storage.h5", lambda g, n, v: g.create_dataset(
    n, v.shape, "f4", external=[("/etc/passwd", 0, v.nbytes)]))
replaced("virtual.h5", virtual)
replaced("plugin.h5", filtered)
replaced("compound.h5", lambda g, n, v: g.create_dataset(
    n, v.shape, np.dtype([("a", "f4"), ("b", "f4")])))
replaced("references.h5", lambda g, n, v: g.create_dataset(
    n, data=[g.ref] * len(v), dtype=h5py.ref_dtype), "train/y")
with copy("endless.h5") as file:
    group, count = file["train"], 1 << 40
    points = file["train/x"].shape[2]
    for name in ("x", "y", "id"):
        del group[name]
    group.create_dataset("x", (count, 2, points), "f4", chunks=(1024, 2, points))
    group.create_dataset("y", (count,), "i4", chunks=(1024,))
    group.create_dataset("id", (count,), "S8", chunks=(1024,))
# Of a hundred million peaks, a thousandth is there.
with copy("sparse.h5") as file:
    group, count = file["train"], 100_000_000
    points = file["train/x"].shape[2]
    for name in ("x", "y", "id"):
        del group[name]
    for name, shape, kind in (("x", (2, points), "f4"), ("y", (), "i4"), ("id", (), "S8")):
        group.create_dataset(
            name, (count, *shape), kind, chunks=(100_000, *shape), compression="gzip")
    one = np.zeros((100_000, 2, points), "f4")
    group["x"][:100_000] = one
    group["y"][:100_000] = 0
    group["id"][:100_000] = b"a"
for name, key, value in (
    ("nan-margin.h5", "margin", np.nan), ("negative-scans.h5", "min_scan_num", -(2**63)),
    ("class-escape.h5", "classes", ["A\x1b[2J", "B", "C"])):
    with copy(name) as file:
        file.attrs[key] = value
replaced("nan.h5", lambda g, n, v: g.create_dataset(n, data=np.where(v == v, np.nan, v)))
