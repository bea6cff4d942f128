"""Writes Tests/DistTrainerTests/Fixtures/callbacks.json: what Keras 2.15's callbacks do.

    "$(scripts/venv.sh keras2)" scripts/python/fixtures-callbacks.py [FILE]

The real callbacks are driven epoch by epoch with the logs of handmade histories, on a model of one
weight that is set to the epoch's number, so that what they save or restore tells its epoch.

    histories        name → list of epochs, each {"loss", "accuracy", "mae", "val_…"}; a val_ key may
                     be missing; "NaN", "Infinity" stand for themselves
    early_stopping   EarlyStopping(restore_best_weights=True):
        history, monitor, patience, min_delta
        stopped_epoch          the epoch after which it stopped, null: never
        best_epoch             its best epoch so far at that time
        restored_epoch         whose weights it put back, null where it did not stop
    reduce_lr        ReduceLROnPlateau: history, monitor, factor, patience, min_delta, start,
                     rates (the optimizer's float32 after each epoch, printed exactly)
    best             ModelCheckpoint(save_best_only=True): history, monitor, saved (epochs)
    csv              CSVLogger: history, text (the file to the last byte)

Epochs count from 0.
"""

import json
import math
import os
import pathlib
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
from tensorflow import keras

import philox

NAN, INFINITY = math.nan, math.inf

# The monitored number, epoch by epoch; quarters and eighths are exact, so ties are ties.
PATTERNS = {
    "steady": [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3],
    "worse from the start": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    "constant": [0.5] * 10,
    "one epoch": [0.5],
    "plateau then better": [1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.125],
    "exactly min_delta": [1.0, 0.75, 0.5, 0.25, 0.25, 0.0, 0.0, 0.0],
    "just under 1e-4": [0.5 - 0.00009 * i for i in range(12)],
    "just over 1e-4": [0.5 - 0.00011 * i for i in range(12)],
    "zigzag": [0.8, 0.9, 0.7, 0.8, 0.6, 0.7, 0.5, 0.6, 0.4, 0.5],
    "slow drift after a jump": [1.0, 0.2, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.19, 0.5, 0.5],
    "ties with the best": [0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25],
    "NaN first": [NAN, 0.5, 0.4, 0.4, 0.4, 0.4],
    "NaN later": [0.5, 0.4, NAN, NAN, 0.3, NAN, NAN, NAN, NAN],
    "all NaN": [NAN] * 6,
    "infinite": [INFINITY, 0.5, INFINITY, 0.5, INFINITY, INFINITY],
    "tiny and large": [12345678.9, 1e-5, 1.5e-7, 1e16, 123456789012345680.0, 3e-12, 0.1],
    "validation every other epoch": [0.9, 0.8, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.1],
}
for walk in range(4):
    steps = philox.uniform(3000 + walk, 24)
    PATTERNS[f"walk {walk}"] = list(np.round(0.6 + np.cumsum(steps) / 16, 2 if walk % 2 else 4))

MONITORS = ["val_loss", "val_accuracy", "loss", "accuracy"]


def logs_of(name, epoch, value):
    """Values as `fit` reports them: float32 results as Python floats. The training numbers are out
    of step with the test numbers, so that the right one must be read."""
    series = PATTERNS[name]
    other = series[(epoch + 2) % len(series)]
    accuracy = {"val_accuracy": 1 - value / 2, "accuracy": 1 - other / 2}
    logs = {"loss": other, **accuracy, "mae": other / 3, "val_loss": value, "val_mae": value / 3}
    logs = {key: float(np.float32(logs[key])) for key in sorted(logs)}
    if name.startswith("validation every other") and epoch % 2 == 0:
        logs = {key: number for key, number in logs.items() if not key.startswith("val_")}
    return logs


HISTORIES = {
    name: [logs_of(name, epoch, value) for epoch, value in enumerate(series)]
    for name, series in PATTERNS.items()
}


def model_with(rate=0.001):
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False, input_shape=(1,))])
    model.compile(keras.optimizers.Adam(learning_rate=rate), "mse")
    return model


def drive(callback, model, history):
    """Runs the callback through the epochs as `fit` would; returns the epochs it saw."""
    callback.set_model(model)
    callback.set_params({"epochs": len(history), "verbose": 0})
    model.stop_training = False
    callback.on_train_begin({})
    for epoch, logs in enumerate(history):
        callback.on_epoch_begin(epoch, {})
        model.set_weights([np.full((1, 1), epoch, np.float32)])
        callback.on_epoch_end(epoch, dict(logs))
        yield epoch
        if model.stop_training:
            break
    callback.on_train_end({})


def early_stopping(history, monitor, patience, min_delta):
    model = model_with()
    callback = keras.callbacks.EarlyStopping(
        monitor=monitor, patience=patience, min_delta=min_delta, restore_best_weights=True
    )
    last = list(drive(callback, model, HISTORIES[history]))[-1]
    stopped = model.stop_training
    return {
        "history": history,
        "monitor": monitor,
        "patience": patience,
        "min_delta": min_delta,
        "stopped_epoch": last if stopped else None,
        "best_epoch": callback.best_epoch,
        "restored_epoch": int(model.get_weights()[0][0, 0]) if stopped else None,
    }


def reduce_lr(history, monitor, factor, patience, min_delta, start):
    model = model_with(start)
    callback = keras.callbacks.ReduceLROnPlateau(
        monitor=monitor, factor=factor, patience=patience, min_delta=min_delta, verbose=0
    )
    rates = [
        float(keras.backend.get_value(model.optimizer.learning_rate))
        for _ in drive(callback, model, HISTORIES[history])
    ]
    return {
        "history": history,
        "monitor": monitor,
        "factor": factor,
        "patience": patience,
        "min_delta": min_delta,
        "start": start,
        "rates": rates,
    }


def best(history, monitor):
    with tempfile.TemporaryDirectory() as folder:
        callback = keras.callbacks.ModelCheckpoint(
            folder + "/{epoch:d}.weights.h5",
            monitor=monitor,
            save_best_only=True,
            save_weights_only=True,
        )
        for _ in drive(callback, model_with(), HISTORIES[history]):
            pass
        saved = sorted(int(path.name.split(".")[0]) - 1 for path in pathlib.Path(folder).iterdir())
    return {"history": history, "monitor": monitor, "saved": saved}


def csv(history):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "history.csv"
        for _ in drive(keras.callbacks.CSVLogger(str(path)), model_with(), HISTORIES[history]):
            pass
        return {"history": history, "text": path.read_bytes().decode()}


def plain(value):
    """JSON has no NaN and no infinity."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def main():
    philox.check_known_answers()
    settings = [(1, 0.0), (2, 0.0), (3, 0.01), (2, 0.25), (0, 0.0)]
    rates = [(0.5, 1, 1e-4, 0.001), (0.1, 2, 1e-4, 1e-5), (0.3, 3, 0.0, 0.01), (0.5, 2, 0.25, 1e-3)]
    fixture = {
        "description": "computed by scripts/python/fixtures-callbacks.py, which explains it",
        "histories": HISTORIES,
        "early_stopping": [],
        "reduce_lr": [],
        "best": [],
        "csv": [],
    }
    for index, history in enumerate(HISTORIES):
        # Every history by val_loss with all settings, and by another number with some of them.
        for monitor in ("val_loss", MONITORS[1 + index % 3]):
            few = 5 if monitor == "val_loss" else 2
            for patience, min_delta in settings[:few]:
                fixture["early_stopping"].append(
                    early_stopping(history, monitor, patience, min_delta)
                )
            for setting in rates[:few]:
                fixture["reduce_lr"].append(reduce_lr(history, monitor, *setting))
        fixture["best"] += [best(history, monitor) for monitor in MONITORS]
        fixture["csv"].append(csv(history))
    root = pathlib.Path(__file__).resolve().parents[2]
    default = root / "Tests/DistTrainerTests/Fixtures/callbacks.json"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = json.dumps(plain(fixture), allow_nan=False, separators=(",", ":"))
    path.write_text(lines.replace('},{"history"', '},\n{"history"') + "\n")
    print(f"{path}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
