"""A network of other layers than NeatMS's, trained in real Keras, for Tests/CommandTests.

    python scripts/python/chain-train.py PEAKS.h5 FOLDER    (environment keras2)

Builds the chain "odd" of keras-chains.py without dropout, trains one epoch of a batches.h5 without
shuffling, saves start.h5 and start.keras, trains two more, and saves end.h5 and all its weights as
flat float32, end.bin. Prints the two epochs' losses and what `evaluate` says of the end on the test
and validation sets.
"""

import importlib
import json
import sys
from pathlib import Path

import h5py
import numpy as np

chains = importlib.import_module("keras-chains")
keras = chains.keras


def split(file, name):
    x, y = file[f"{name}/x"][:], file[f"{name}/y"][:]
    return x[..., None], np.eye(len(file.attrs["classes"]), dtype="float32")[y]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = Path(sys.argv[2])
    keras.utils.set_random_seed(7)
    model = chains.odd()
    model.get_layer("drop").rate = 0.0
    model.compile(
        keras.optimizers.Adam(learning_rate=1e-3, beta_1=0.8),
        "categorical_crossentropy",
        metrics=["accuracy", "mae"],
    )
    with h5py.File(sys.argv[1], "r") as file:
        sets = {name: split(file, name) for name in ("train", "test", "validation")}
    model.fit(*sets["train"], batch_size=32, shuffle=False, verbose=0)
    model.save(folder / "start.h5")
    model.save(folder / "start.keras")
    model.fit(*sets["train"], batch_size=32, epochs=2, shuffle=False, verbose=0)
    facts = {"losses": model.history.history["loss"]}
    model.save(folder / "end.h5")
    chains.flat(model.get_weights()).tofile(folder / "end.bin")
    for name in ("test", "validation"):
        found = model.evaluate(*sets[name], verbose=0, return_dict=True)
        facts[name] = found | {"count": len(sets[name][0])}
    print("\n" + json.dumps(facts))


if __name__ == "__main__":
    main()
