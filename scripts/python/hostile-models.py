"""Makes model files that mean harm, or are nonsense, out of a good one.

    hostile-models.py MODEL.h5 MODEL.keras FOLDER

Writes one file a kind into FOLDER, and prints their names.
"""

import io
import json
import os
import shutil
import sys
import warnings
import zipfile

import h5py
import numpy as np

warnings.simplefilter("ignore")  # an entry twice is what is wanted
model, archive, folder = sys.argv[1:]
WEIGHTS = "model_weights"


def made(name):
    print(name)
    return os.path.join(folder, name)


def copy(name):
    path = made(name)
    shutil.copyfile(model, path)
    return h5py.File(path, "r+")


def kernel(file):
    """The path of the first layer's kernel."""
    for layer in file[WEIGHTS].attrs["layer_names"]:
        names = file[WEIGHTS][layer].attrs["weight_names"]
        if len(names):
            return f"{WEIGHTS}/{layer}/{names[0]}"
    raise SystemExit("no weights")


def replaced(name, make):
    """The first kernel made anew by make(parent group, name, values)."""
    with copy(name) as file:
        path = kernel(file)
        values = file[path][()]
        del file[path]
        parent, leaf = path.rsplit("/", 1)
        make(file[parent], leaf, values)


def rooted(name, make):
    with copy(name) as file:
        make(file)


def config(name, change):
    """Another model_config: change(dict), or the text it gives."""
    with copy(name) as file:
        value = json.loads(file.attrs["model_config"])
        text = change(value)
        del file.attrs["model_config"]
        file.attrs["model_config"] = json.dumps(value) if text is None else text


def layer(value, kind):
    return next(l for l in value["config"]["layers"] if l["class_name"] == kind)


def low_level(parent, name, values, change):
    """A chunked dataset whose creation properties are changed."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(values.shape)
    change(plist)
    space = h5py.h5s.create_simple(values.shape)
    dataset = h5py.h5d.create(
        parent.id, name.encode(), h5py.h5t.NATIVE_FLOAT, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


# Links, and data that lie elsewhere.
replaced("soft-link.h5", lambda g, n, v: g.__setitem__(n, h5py.SoftLink("/elsewhere")))
replaced("external-link.h5",
         lambda g, n, v: g.__setitem__(n, h5py.ExternalLink("other.h5", "/x")))
rooted("unused-link.h5", lambda f: f.__setitem__("more", h5py.SoftLink("/model_weights")))
replaced("external-storage.h5", lambda g, n, v: g.create_dataset(
    n, v.shape, "f4", external=[("/etc/passwd", 0, v.nbytes)]))


def virtual(group, name, values):
    layout = h5py.VirtualLayout(values.shape, "f4")
    layout[...] = h5py.VirtualSource("other.h5", "x", values.shape)
    group.create_virtual_dataset(name, layout)


replaced("virtual.h5", virtual)

# Code that is not there, and types that no model has.
replaced("plugin.h5", lambda g, n, v: low_level(
    g, n, v, lambda p: p.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))))
replaced("lzf.h5", lambda g, n, v: g.create_dataset(n, data=v, compression="lzf"))
replaced("scale-offset.h5",
         lambda g, n, v: g.create_dataset(n, data=v, chunks=v.shape, scaleoffset=3))
rooted("references.h5", lambda f: f.create_dataset(
    "more", data=[f[WEIGHTS].ref], dtype=h5py.ref_dtype))
rooted("reference-attribute.h5", lambda f: f.attrs.create(
    "more", f[WEIGHTS].ref, dtype=h5py.ref_dtype))
replaced("compound.h5", lambda g, n, v: g.create_dataset(
    n, v.shape, np.dtype([("a", "f4"), ("b", "f4")])))
replaced("opaque.h5", lambda g, n, v: g.create_dataset(n, data=v.view("V4")))
replaced("lists.h5", lambda g, n, v: g.create_dataset(n, (3,), h5py.vlen_dtype("f4")))
replaced("arrays.h5", lambda g, n, v: g.create_dataset(n, (3,), np.dtype(("f4", (5,)))))
replaced("enumeration.h5", lambda g, n, v: g.create_dataset(
    n, (3,), h5py.enum_dtype({"A": 1, "B": 2})))
replaced("strings.h5", lambda g, n, v: g.create_dataset(
    n, data=np.full(v.shape, b"a"), dtype=h5py.string_dtype()))
rooted("named-type.h5", lambda f: f.__setitem__("more", np.dtype("f4")))

# Shapes and numbers of things.
replaced("never-written.h5", lambda g, n, v: g.create_dataset(n, v.shape, "f4"))
replaced("endless.h5", lambda g, n, v: g.create_dataset(
    n, (1 << 40,), "f4", chunks=(1 << 10,), compression="gzip"))
replaced("overflow.h5", lambda g, n, v: g.create_dataset(
    n, (1 << 31, 1 << 31, 1 << 31), "f4", chunks=(8, 8, 8)))
replaced("large-chunk.h5", lambda g, n, v: g.create_dataset(
    n, v.shape, "f4", data=v, chunks=(1 << 12, 1 << 9, 4, 8), compression="gzip",
    maxshape=(None, None, None, None)))
replaced("one-axis.h5", lambda g, n, v: g.create_dataset(n, data=v.ravel()))
rooted("many-groups.h5", lambda f: [f.create_group(f"more/{i}") for i in range(21000)])
rooted("deep.h5", lambda f: f.create_group("/".join(["g"] * 60)))
rooted("circle.h5", lambda f: f[WEIGHTS].__setitem__("again", f[WEIGHTS]))


def long_attribute(name):
    path = made(name)
    with h5py.File(model) as old, h5py.File(path, "w", libver="latest") as new:
        for key in old:
            old.copy(key, new)
        for key, value in old.attrs.items():
            new.attrs[key] = value
        new.attrs["more"] = np.zeros(9_000_000)


long_attribute("long-attribute.h5")

# Values.
for name, value in (("nan.h5", np.nan), ("infinite.h5", np.inf)):
    def spoil(group, leaf, values, value=value):
        values.ravel()[-1] = value
        group[leaf] = values
    replaced(name, spoil)
with copy("nan-moment.h5") as file:
    moments = file["optimizer_weights"]
    path = next(n for n in moments.attrs["weight_names"] if "m:0" in n)
    moments[path][...] = np.nan
with copy("negative-step.h5") as file:
    steps = file["optimizer_weights"]
    path = next(n for n in steps.attrs["weight_names"] if n.endswith("iter:0"))
    steps[path][...] = -5
replaced("whole-numbers.h5", lambda g, n, v: g.create_dataset(n, data=(v * 100).astype("i4")))


def fact(name, key, value):
    """What neatms-dist writes beside the network."""
    rooted(name, lambda f: f.attrs.__setitem__(key, value))


fact("nan-margin.h5", "neatms_margin", np.nan)
fact("endless-margin.h5", "neatms_margin", np.inf)
fact("negative-scans.h5", "neatms_min_scan_num", -(2**63))
fact("twice.h5", "neatms_classes", ["a", "a", "b"])
fact("class-escape.h5", "neatms_classes", ["a", "b\x1b[2J", "c"])
fact("unnamed-class.h5", "neatms_classes", ["", "b", "c"])
with copy("endless-rate.h5") as file:
    value = json.loads(file.attrs["training_config"])
    value["optimizer_config"]["config"]["learning_rate"] = 1e300
    file.attrs["training_config"] = json.dumps(value)

# What the network is said to be.
def insert(value, **layer):
    """A further layer before the last one, in the chain."""
    layers = value["config"]["layers"]
    last = layers[-1]
    added = {"name": "extra", "inbound_nodes": last["inbound_nodes"], **layer}
    last["inbound_nodes"] = [[["extra", 0, 0, {}]]]
    layers.insert(len(layers) - 1, added)


code = ["4wEAAAAAAAAAAAAAAAEAAAADAAAA8w==", None, None]
config("lambda.h5", lambda c: insert(
    c, class_name="Lambda", config={"name": "extra", "function": code}))
config("custom-layer.h5", lambda c: insert(
    c, class_name="MyLayer", registered_name="Custom>MyLayer", module="mine",
    config={"name": "extra"}))
config("registered.h5", lambda c: layer(c, "Dense").update(registered_name="Package>Dense"))
config("module.h5", lambda c: layer(c, "Dense").update(module="os"))
config("custom-activation.h5",
       lambda c: layer(c, "Dense")["config"].update(activation="mine>activation"))
config("custom-constraint.h5", lambda c: layer(c, "Dense")["config"].update(
    kernel_constraint={"class_name": "Mine", "config": {}}))
config("wide.h5", lambda c: layer(c, "Dense")["config"].update(units=1 << 62))
config("long.h5", lambda c: c["config"]["layers"][0]["config"].update(
    batch_input_shape=[None, 2, 1 << 61, 1]))
config("large-kernel.h5",
       lambda c: layer(c, "Conv2D")["config"].update(kernel_size=[1 << 40, 1 << 40]))
config("negative.h5", lambda c: layer(c, "Conv2D")["config"].update(filters=-4))
config("not-json.h5", lambda c: "{" * 50)
config("deep-json.h5", lambda c: "[" * 500_000)
config("not-text.h5", lambda c: 17)
config("escape.h5", lambda c: c["config"].update(name="\x1b]0;owned\x07\x1b[2J"))
config("layer-escape.h5", lambda c: json.dumps(c).replace(
    json.dumps(layer(c, "Dense")["config"]["name"]), json.dumps("a\x1b[2J")))
config("leaky.h5", lambda c: insert(
    c, class_name="ReLU", config={"name": "extra", "negative_slope": 0.1}))
config("capped.h5", lambda c: insert(
    c, class_name="ReLU", config={"name": "extra", "max_value": 6.0}))
config("other-axis.h5", lambda c: insert(
    c, class_name="Softmax", config={"name": "extra", "axis": 1}))
config("turned-around.h5", lambda c: c["config"].update(name="\u202egnp.exe"))


# A network whose weights are honest zeros, packed a thousandfold.
def bomb():
    with copy("bomb.h5") as file:
        value = json.loads(file.attrs["model_config"])
        dense = layer(value, "Dense")
        name, units = dense["config"]["name"], dense["config"]["units"]
        group = file[WEIGHTS][name]
        for path in group.attrs["weight_names"]:
            old = group[path].shape
            rows, wide = old[:-1], 600_000
            del group[path]
            group.create_dataset(
                path, rows + (wide,), "f4", chunks=rows + (10_000,), compression="gzip")
            for start in range(0, wide, 10_000):
                group[path][..., start:start + 10_000] = 0
        dense["config"]["units"] = 600_000
        file.attrs["model_config"] = json.dumps(value)


bomb()

# Not whole.
data = open(model, "rb").read()
open(made("empty.h5"), "wb").close()
for name, count in (("signature.h5", 8), ("half.h5", len(data) // 2), ("tail.h5", len(data) - 9)):
    with open(made(name), "wb") as file:
        file.write(data[:count])


# Zip files.
def zipped(name, change, **options):
    with zipfile.ZipFile(archive) as old:
        entries = {n: old.read(n) for n in old.namelist()}
    entries = change(entries) or entries
    with zipfile.ZipFile(made(name), "w", **options) as new:
        for entry, contents in entries.items():
            new.writestr(entry, contents)


def inner(entries, change):
    """Changes the HDF5 file inside."""
    buffer = io.BytesIO(entries["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        change(file)
    entries["model.weights.h5"] = buffer.getvalue()


def outer(entries, change):
    value = json.loads(entries["config.json"])
    change(value)
    entries["config.json"] = json.dumps(value).encode()


def insert3(value):
    value["config"]["layers"][1].update(
        class_name="Lambda", module="keras.layers", registered_name=None)


zipped("lambda.keras", lambda e: outer(e, insert3))
zipped("module.keras", lambda e: outer(
    e, lambda c: c["config"]["layers"][1].update(module="mine", registered_name="mine>Conv2D")))
zipped("soft-link.keras", lambda e: inner(
    e, lambda f: f.__setitem__("more", h5py.SoftLink("/elsewhere"))))
zipped("external-storage.keras", lambda e: inner(e, lambda f: f.create_dataset(
    "more", (4,), "f4", external=[("/etc/passwd", 0, 16)])))
zipped("no-config.keras", lambda e: {k: v for k, v in e.items() if k != "config.json"})
zipped("bomb.keras", lambda e: {**e, "model.weights.h5": bytes(300 << 20)},
       compression=zipfile.ZIP_DEFLATED)
zipped("long-config.keras", lambda e: {**e, "config.json": b" " * (64 << 20)},
       compression=zipfile.ZIP_DEFLATED)
zipped("not-hdf5.keras", lambda e: {**e, "model.weights.h5": b"nothing"})
zipped("bzip2.keras", lambda e: e, compression=zipfile.ZIP_BZIP2)
zipped("outside.keras", lambda e: {**e, "../../outside": b"x", "/tmp/outside": b"x"})
zipped("negative-margin.keras", lambda e: {
    **e, "metadata.json": json.dumps({"neatms_margin": -1.0}).encode()})
zipped("endless-rate.keras", lambda e: outer(
    e, lambda c: c["compile_config"]["optimizer"]["config"].update(learning_rate=1e300)))
with open(made("shifted.keras"), "wb") as file:
    file.write(b"#!/bin/sh\n" + open(archive, "rb").read())
with zipfile.ZipFile(archive) as old, zipfile.ZipFile(made("twice.keras"), "w") as new:
    for entry in old.namelist() + ["config.json"]:
        new.writestr(entry, old.read(entry))
