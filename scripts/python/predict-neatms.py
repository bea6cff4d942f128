"""Runs real NeatMS on experiments, for the tests of predict and of scripts/neatms-export.py.

    python scripts/python/predict-neatms.py train FOLDER RAW TABLE LABELS
    python scripts/python/predict-neatms.py predict FOLDER MODEL LABEL THRESHOLD \\
        (NAME KIND RAW TABLE)...

(environment keras2)

`train` annotates an XCMS experiment from squallms's labels.csv as a user of NeatMS would (Good
becomes High_quality, Bad by turns Low_quality and Noise), saves it as FOLDER/experiment.pkl, makes
NeatMS's batches (FOLDER/batches.txt: sample, label, m/z and minutes of every peak; FOLDER/batches.bin: their
matrices, float32), trains NeatMS's network for a few epochs and saves FOLDER/keras.h5.

`predict` labels every experiment as NeatMS does and writes export_csv's table to FOLDER/NAME.csv
and, for each of its rows, whether NeatMS's matrix is NaN and the network's probabilities to
FOLDER/NAME.probabilities.csv.
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import pandas as pd

# NeatMS reads folders in the file system's order.
listed = pathlib.Path.iterdir
pathlib.Path.iterdir = lambda self: iter(sorted(listed(self)))

import NeatMS
from NeatMS.feature import FeatureCollection
from NeatMS.peak import Peak

PROPERTIES = [
    "rt", "mz", "peak_mz", "peak_rt", "peak_rt_start", "peak_rt_end", "peak_mz_min", "peak_mz_max",
    "label", "height", "area", "area_bc", "sn", "rt_adjusted", "rt_start_adjusted",
    "rt_end_adjusted",
]  # fmt: skip


def peaks_of(experiment):
    for collection in experiment.feature_tables[0].feature_collection_list:
        for feature in collection.feature_list:
            yield from feature.peak_list


def annotate(experiment, path):
    """Labels as squallms has them, found by sample, m/z and time."""
    table = pd.read_csv(path)
    table = table[table["label"].notna()].reset_index(drop=True)
    wanted = {}
    for number, row in table.iterrows():
        label = "High_quality" if row["label"] == "Good" else ("Low_quality", "Noise")[number % 2]
        wanted[row["sample_name"], row["mz"], row["rt"] / 60] = label
    annotations = experiment.feature_tables[0].annotation_table
    for peak in peaks_of(experiment):
        label = wanted.pop((peak.sample.file_name, peak.mz, peak.RT), None)
        if label:
            annotations.set_peak_label(peak, label)
    assert not wanted, f"labels without a peak: {wanted}"


def train(folder, raw, table, labels):
    import random
    from tensorflow import keras

    random.seed(4)
    keras.utils.set_random_seed(4)
    experiment = NeatMS.experiment.Experiment(raw, table, "xcms")
    annotate(experiment, labels)
    experiment.name = str(folder / "experiment")
    experiment.save()
    handler = NeatMS.handler.NN_handler(experiment)
    handler.create_batches()
    matrices = []
    with open(folder / "batches.txt", "w") as file:
        for batch in (handler.test_batch, handler.validation_batch, handler.training_batch):
            for number, label in zip(batch["ids"], batch["label_str"]):
                peak = Peak.get_peak(number)
                print(peak.sample.file_name, label, repr(peak.mz), repr(peak.RT), file=file)
            matrices.append(batch["data"])
    np.concatenate(matrices).astype("float32").tofile(folder / "batches.bin")
    handler.create_model()
    handler.train_model(3)
    handler.class_model.save(folder / "keras.h5")


class Recorder:
    """A model that keeps what it predicts."""

    def __init__(self, model):
        self.model = model
        self.predictions = []

    def predict(self, batch):
        self.predictions.append(self.model.predict(batch, verbose=0))
        return self.predictions[-1]


def predict(folder, model, label, threshold, name, kind, raw, table):
    FeatureCollection.feature_collection_counter = 0
    experiment = NeatMS.experiment.Experiment(raw, table, kind)
    handler = NeatMS.handler.NN_handler(experiment)
    handler.create_model(model=model)
    handler.class_model = Recorder(handler.class_model)
    handler.predict_peaks(float(threshold), label=label)
    for sample, probabilities in zip(experiment.samples, handler.class_model.predictions):
        valid = [peak for peak in sample.peak_list if peak.valid]
        for peak, values in zip(valid, probabilities, strict=True):
            peak.probabilities = values
    experiment.export_csv(folder / f"{name}.csv", export_properties=PROPERTIES)
    with open(folder / f"{name}.probabilities.csv", "w") as file:
        for peak in peaks_of(experiment):
            if peak.valid:
                is_nan = np.isnan(peak.formatted_chromatograms[-1].dataframe).any()
                print(int(is_nan), *map(float, peak.probabilities), sep=",", file=file)


def main():
    verb, arguments = sys.argv[1], sys.argv[3:]
    folder = pathlib.Path(sys.argv[2])
    if verb == "train":
        train(folder, *arguments)
    elif verb == "predict":
        model, label, threshold, *experiments = arguments
        for first in range(0, len(experiments), 4):
            predict(folder, model, label, threshold, *experiments[first : first + 4])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
