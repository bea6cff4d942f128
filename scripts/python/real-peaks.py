"""Trains on real labelled peaks with neatms-dist under mpirun and with real Keras 2.15, on the same
split with the same settings, and compares the final models. Started by `scripts/real-peaks.sh`.

Results are kept in --work, one JSON a run: what is there already is not trained again.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import sys

import real_peaks_keras
import real_peaks_report
from programs import command

HERE = pathlib.Path(__file__).resolve().parent


def say(text):
    print(text, file=sys.stderr, flush=True)


class Comparison:
    def __init__(self, options):
        self.options = options
        self.work = pathlib.Path(options.work)
        self.work.mkdir(parents=True, exist_ok=True)

    def runs(self):
        """(split's seed, training's seed): the first is trained with the split's own seed."""
        return [
            (split, split + 1000 * repeat)
            for repeat in range(self.options.repeats)
            for split in self.options.seeds
        ]

    def batches(self, split):
        path = self.work / f"split-{split}.h5"
        if not path.exists():
            script = HERE.parent / "labelled-to-batches.py"
            command(sys.executable, script, self.options.data, path, "--seed", split)
        return path

    def place(self, who, split, seed, suffix):
        return self.work / f"{who}-{self.options.epochs}-{split}-{seed}{suffix}"

    def result(self, who, split, seed):
        path = self.place(who, split, seed, ".json")
        return json.loads(path.read_text()) if path.exists() else None

    def keep(self, who, split, seed, found):
        path = self.place(who, split, seed, ".json")
        part = path.with_suffix(".part")
        part.write_text(json.dumps(found))
        os.replace(part, path)
        say(
            f"{who}, split {split}, seed {seed}: "
            + ", ".join(f"{name} {found[name]['accuracy']:.4f}" for name in real_peaks_keras.SETS)
        )

    def ours(self, split, seed):
        """Trains with neatms-dist on two ranks; Keras opens and measures the model, and
        neatms-evaluate must say the same."""
        options, batches = self.options, self.batches(split)
        out = self.place("ours", split, seed, "")
        words = [options.bin / "neatms-dist", "train", "--data", batches, "--seed", seed]
        words += ["--learning-rate", options.learning_rate, "--batch-size", options.batch_size]
        words += ["--epochs", options.epochs, "--out", out, "--overwrite", "--quiet"]
        command("mpirun", "-n", options.ranks, *words)
        found = real_peaks_keras.measure(batches, out / "model.h5")
        said = command(
            options.bin / "neatms-evaluate", out / "model.h5", "--data", batches, "--json"
        )
        for name in ("test", "validation"):
            for key, value in found[name].items():
                if abs(json.loads(said)[name][key] - value) > 1e-5:
                    sys.exit(f"{out}, {name}, {key}: neatms-evaluate and Keras differ: {said}")
        return found

    def missing(self, who):
        return [run for run in self.runs() if self.result(who, *run) is None]

    def train_all(self):
        """Ours one after the other, for each uses several cores; Keras's side by side."""
        options = self.options
        for run in self.missing("ours"):
            self.keep("ours", *run, self.ours(*run))
        missing = self.missing("keras")
        if not missing:
            return
        # Keras does not survive a fork.
        context = multiprocessing.get_context("spawn")
        cores = min(len(os.sched_getaffinity(0)), len(missing))
        with concurrent.futures.ProcessPoolExecutor(cores, mp_context=context) as pool:
            started = {}
            for split, seed in missing:
                future = pool.submit(
                    real_peaks_keras.train_and_measure,
                    self.batches(split),
                    self.place("keras", split, seed, ".h5"),
                    seed,
                    options.epochs,
                    options.batch_size,
                    options.learning_rate,
                )
                started[future] = (split, seed)
            for future in concurrent.futures.as_completed(started):
                self.keep("keras", *started[future], future.result())

    def results(self):
        return {
            who: {run: self.result(who, *run) for run in self.runs()} for who in ("ours", "keras")
        }


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="real-peaks")
    parser.add_argument("--data", metavar="FILE.npz", required=True, help="the labelled peaks")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of neatms-dist")
    parser.add_argument("--work", required=True, help="folder of runs and their results")
    parser.add_argument("--seeds", default="1,2,3", help="of the splits (default: 1,2,3)")
    parser.add_argument("--repeats", type=int, default=1, help="training seeds a split")
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--json", metavar="FILE", help="also write the comparison as JSON")
    parser.add_argument("--write", metavar="FILE.md", help="also put the table into this page")
    options = parser.parse_args()
    options.seeds = [int(seed) for seed in options.seeds.split(",")]
    return options


def main():
    options = arguments()
    comparison = Comparison(options)
    comparison.train_all()
    outcome = real_peaks_report.compare(comparison.results())
    text = real_peaks_report.text(comparison.results(), outcome, options)
    print(text)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(outcome, indent=2) + "\n")
    if options.write:
        real_peaks_report.put(text, pathlib.Path(options.write))
    return 0 if outcome["indistinguishable"] else 1


if __name__ == "__main__":
    sys.exit(main())
