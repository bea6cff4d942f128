"""Trains on few labelled peaks from scratch, from a model's conv base, and in two stages, with
neatms-dist. Started by `scripts/transfer-learning.sh`.

Results are kept in --work, one JSON a run: what is there already is not trained again.
"""

import argparse
import concurrent.futures
import functools
import json
import os
import pathlib
import sys
import threading

import transfer_learning_data
import transfer_learning_report
import transfer_learning_threshold
from programs import command
from transfer_learning_report import METHODS, THRESHOLD, UNCHANGED

# Scratch, the source and the first stage; then the second.
RATE, SMALLER_RATE = 1e-4, 1e-5
PATIENCE, EPOCHS = 20, 400
SOURCE_SEED = 1


class Experiment:
    def __init__(self, options):
        self.options = options
        self.work = pathlib.Path(options.work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.tasks = {
            target: transfer_learning_data.Task(target, options.data) for target in options.targets
        }

    def train(self, out, batches, seed, rate, *more):
        """The best epoch's model of a run; a finished run is not repeated."""
        if not (out / "done").exists():
            words = [self.options.bin / "neatms-dist", "train", "--data", batches, "--out", out]
            words += ["--seed", seed, "--learning-rate", rate, "--early-stopping", PATIENCE]
            words += ["--epochs", self.options.epochs, "--overwrite", "--quiet", *more]
            command(*words)
            (out / "done").touch()
        return out / "best.h5"

    def measure(self, model, batches):
        """Accuracy and AUC on the held-out peaks."""
        said = command(
            self.options.bin / "neatms-evaluate", model, "--data", batches, "--json", "--quiet",
            "--threshold", "True_peak",
        )
        found = json.loads(said)
        return {"accuracy": found["validation"]["accuracy"], "auc": found["threshold"]["auc"]}

    def source(self, target):
        """The model trained on the peaks of other studies."""
        place = self.work / f"source-{target}"
        batches = place.with_suffix(".h5")
        self.tasks[target].write_source(batches, SOURCE_SEED)
        return self.train(place, batches, SOURCE_SEED, RATE)

    def labelled(self, target, size, seed):
        """The methods on the same labelled peaks."""
        batches = self.work / f"{target}-{size}-{seed}.h5"
        self.tasks[target].write_labelled(batches, size, seed)
        place = self.work / f"{target}-{size}-{seed}"
        source = self.work / f"source-{target}" / "best.h5"
        scratch = self.train(place / "scratch", batches, seed, RATE)
        first = self.train(
            place / "classifier", batches, seed, RATE, "--model", source, "--freeze", "conv-base"
        )
        both = self.train(
            place / "both", batches, seed, SMALLER_RATE, "--model", first, "--freeze", "none"
        )
        models = dict(zip((UNCHANGED, *METHODS), (source, scratch, first, both)))
        found = {name: self.measure(model, batches) for name, model in models.items()}
        # Another threshold changes no ROC curve.
        with LOCK:
            accuracy = self.thresholded(source).accuracy(batches)
        return {**found, THRESHOLD: {**found[UNCHANGED], "accuracy": accuracy}}

    @functools.cache
    def thresholded(self, path):
        return transfer_learning_threshold.Thresholded(path)

    def result(self, target, size, seed):
        """What one set of labelled peaks gives, computed once."""
        path = self.work / f"{target}-{size}-{seed}.json"
        if not path.exists():
            found = self.labelled(target, size, seed)
            part = path.with_suffix(".part")
            part.write_text(json.dumps(found))
            os.replace(part, path)
            with LOCK:
                numbers = ", ".join(f"{name} {one['accuracy']:.3f}" for name, one in found.items())
                print(f"{target}, {size} peaks, seed {seed}: {numbers}", file=sys.stderr)
        return json.loads(path.read_text())

    def results(self):
        """{(target, size, seed): {method: measures}}, a run a core at a time."""
        sets = [
            (target, size, seed)
            for target, task in self.tasks.items()
            for size in task.sizes(self.options.sizes)
            for seed in self.options.seeds
        ]
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(self.source, self.tasks))
            return dict(zip(sets, pool.map(lambda one: self.result(*one), sets)))


LOCK = threading.Lock()


def numbers(text):
    return [int(number) for number in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="transfer-learning")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the peaks")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of neatms-dist")
    parser.add_argument("--work", required=True, help="folder of runs and their results")
    parser.add_argument("--sizes", type=numbers, default=[50, 100, 200, 400])
    parser.add_argument("--seeds", type=numbers, default=[1, 2, 3])
    parser.add_argument("--targets", default=",".join(transfer_learning_data.TARGETS))
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"at most (default: {EPOCHS})")
    parser.add_argument("--json", metavar="FILE", help="also write the measures as JSON")
    parser.add_argument("--write", metavar="FILE.md", help="also put the tables into this page")
    options = parser.parse_args()
    options.targets = options.targets.split(",")
    unknown = set(options.targets) - set(transfer_learning_data.TARGETS)
    if unknown:
        parser.error(f"--targets: expected some of {', '.join(transfer_learning_data.TARGETS)}")
    return options


def main():
    options = arguments()
    experiment = Experiment(options)
    results = experiment.results()
    text = transfer_learning_report.text(results, experiment.tasks, options)
    print(text)
    if options.json:
        flat = [
            {"target": target, "size": size, "seed": seed, **found}
            for (target, size, seed), found in results.items()
        ]
        pathlib.Path(options.json).write_text(json.dumps(flat, indent=2) + "\n")
    if options.write:
        transfer_learning_report.put(text, pathlib.Path(options.write))


if __name__ == "__main__":
    main()
