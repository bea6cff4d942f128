"""States of optimizers that real Keras leaves in files, for Tests/KerasFileTests.

    python scripts/python/keras-states.py FOLDER    (environment keras2 or keras3)

Saves models as NAME.h5 and NAME.keras: compiled but not trained or with `trainable` changed after
the training, trained with losses and optimizers of all kinds, with slashes in the layers' names,
built only when they saw data. `go-NAME` are trained on for three steps, into go-NAME.after.bin.
Prints as JSON the step counts with which Keras opens the .keras of the first ones. Peaks and steps
are those of keras-chains.py; x.bin has the peaks.
"""

import importlib
import json
import sys
from pathlib import Path

chains = importlib.import_module("keras-chains")
keras, L, IS_KERAS3 = chains.keras, chains.L, chains.IS_KERAS3
FROZEN = range(1, 4)
# Weights that Adam moves by rounding alone would differ by more than the tests allow in a run of many.
keras.utils.set_random_seed(1)


def neatms(name):
    return chains.neatms(name, rate=0.0)


def compiled(model, optimizer=None, loss="categorical_crossentropy"):
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss, metrics=["accuracy", "mae"])
    return model


def freeze(model, frozen=True):
    for index in FROZEN:
        model.layers[index].trainable = not frozen
    return model


def trained(model):
    x = chains.peaks()
    for _ in range(chains.STEPS):
        model.train_on_batch(x, chains.targets(3))
    return model


def trainable_changed():
    yield "untrained", compiled(neatms("untrained"))
    yield "froze", freeze(trained(compiled(neatms("froze"))))
    yield "recompiled", compiled(freeze(trained(compiled(neatms("recompiled")))))
    yield "unfroze", freeze(trained(compiled(freeze(neatms("unfroze")))), False)


def other_optimizers():
    new = keras.optimizers
    schedule = new.schedules.ExponentialDecay(0.01, 10, 0.9)
    for name, optimizer in {
        "amsgrad": new.Adam(0.01, amsgrad=True),
        "nesterov": new.SGD(0.01, momentum=0.9, nesterov=True),
        "rmsprop": new.RMSprop(0.01),
        "clipped": new.Adam(0.01, clipnorm=1.0),
        "schedule": new.Adam(schedule),
    }.items():
        yield name, trained(compiled(neatms(name), optimizer))


def losses():
    of = keras.losses
    for name, loss in {
        "mse": of.MeanSquaredError(),
        "smoothed": of.CategoricalCrossentropy(label_smoothing=0.1),
        "object": of.CategoricalCrossentropy(),
    }.items():
        yield name, trained(compiled(neatms(name), loss=loss))


def lazy():
    return keras.Sequential(
        [
            L.Conv2D(3, (1, 3), activation="relu"),
            L.Flatten(),
            L.Dense(4, activation="relu"),
            L.Dense(3, activation="softmax"),
        ]
    )


def slashes(second, width):
    """Layers of which one's name is the end of another's."""
    layers = [
        L.Conv2D(3, (1, 3), activation="relu", name="pre"),
        L.Conv2D(3, (1, 3), activation="relu", name="block1/conv"),
        L.Conv2D(3, (1, width), activation="relu", name=second),
        L.Flatten(name="flat"),
        L.Dense(3, activation="softmax", name="out/pred"),
    ]
    return chains.functional(layers, "slashes")


def going_on():
    new = keras.optimizers
    yield "go-lazy", compiled(lazy())
    yield "go-lazysgd", compiled(lazy(), new.SGD(0.1, momentum=0.9))
    if not IS_KERAS3:
        for name, optimizer in (("", new.Adam), ("legacy", new.legacy.Adam)):
            yield f"go-same{name}", compiled(slashes("conv", 3), optimizer(0.01))
            yield f"go-other{name}", compiled(slashes("m/block1/conv", 5), optimizer(0.01))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    chains.peaks().tofile(folder / "x.bin")
    steps = {}

    def save(name, model):
        # In this order: saving an .h5 makes Keras 3 forget what optimizer the model has.
        for end in ("keras", "h5"):
            model.save(folder / f"{name}.{end}")

    for name, model in trainable_changed():
        save(name, model)
        # Of an .h5 Keras 2.15 takes over a step count of other layers' moments, without these.
        optimizer = keras.models.load_model(folder / f"{name}.keras").optimizer
        steps[name] = int(chains.np.asarray(optimizer.iterations))
    for make in (other_optimizers, losses):
        for name, model in make():
            save(name, model)
    for name, model in going_on():
        save(name, trained(model))
        weights = trained(model).get_weights()
        chains.flat(weights).tofile(folder / f"{name}.after.bin")
    print("\n" + json.dumps(steps))


if __name__ == "__main__":
    main()
