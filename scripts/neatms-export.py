#!/usr/bin/env python3
"""Writes the labels of a NeatMS experiment as a CSV file that neatms-dist prepare reads.

    python scripts/neatms-export.py experiment.pkl labels.csv

experiment.pkl is what NeatMS's experiment.save() writes. Every annotated peak becomes a row: its
raw file (sample), its label, and its m/z and retention time (peak_mz, peak_rt, in minutes) with all
digits, by which prepare finds it in the feature table; the peak's bounds and NeatMS's feature ID
stand beside them for the reader.

Needs a Python in which NeatMS is installed, as when the file was made. Where that is another one,
name it with --python.

Opening a pickle runs code that it holds: only open files that you or people you trust made.
"""

import argparse
import contextlib
import csv
import os
import pickle
import sys


class Problem(Exception):
    """What to tell the user, and a sysexits code."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


COLUMNS = {
    "sample": lambda peak: peak.sample.file_name,
    "label": lambda peak: label(peak),
    "peak_mz": lambda peak: number(peak.mz),
    "peak_rt": lambda peak: number(peak.RT),
    "peak_rt_start": lambda peak: number(peak.rt_start),
    "peak_rt_end": lambda peak: number(peak.rt_end),
    "peak_mz_min": lambda peak: number(peak.mz_min),
    "peak_mz_max": lambda peak: number(peak.mz_max),
    "feature ID": lambda peak: peak.feature.feature_collection.id,
}


def label(peak):
    """As it will stand in the table; empty where the annotation has none."""
    value = peak.annotation.label
    return "" if value is None else str(value).strip()


def number(value):
    """All digits, so that it reads back to the same bits; empty where it is missing."""
    value = float("nan" if value is None else value)
    return "" if value != value else repr(value)


def need_neatms():
    try:
        import NeatMS  # noqa: F401
    except ImportError as error:
        raise Problem(
            f"NeatMS cannot be imported by {sys.executable} ({error})\n"
            "  Run this with the Python in which you use NeatMS: --python /path/to/python; or with "
            'that of this package: --python "$(scripts/venv.sh keras2)"',
            66,
        ) from None


def load(path):
    """The experiment in a pickle."""
    try:
        with open(path, "rb") as file:
            experiment = pickle.load(file)
    except FileNotFoundError:
        raise Problem(f"{path}: no such file", 66) from None
    except OSError as error:
        raise Problem(f"{path}: cannot be read ({error.strerror})", 66) from None
    except (ImportError, AttributeError, TypeError) as error:
        # A pickle names the modules and classes that it was made with.
        raise Problem(
            f"{path}: needs other packages, or other versions of them, than {sys.executable} has: "
            f"{error}\n  Use the Python in which the file was made: --python /path/to/python",
            65,
        ) from None
    except Exception as error:  # Damaged pickles raise errors of every kind.
        raise Problem(
            f"{path}: is not a pickle, or a damaged one: expected a file of NeatMS's "
            f"experiment.save(), found {type(error).__name__}: {error}",
            65,
        ) from None
    if not (hasattr(experiment, "feature_tables") and hasattr(experiment, "samples")):
        raise Problem(
            f"{path}: is not a NeatMS experiment: expected NeatMS.experiment.Experiment, found "
            f"{type(experiment).__module__}.{type(experiment).__qualname__}",
            65,
        )
    return experiment


def annotated_peaks(experiment, table, path):
    """The labelled peaks in NeatMS's order."""
    tables = experiment.feature_tables
    if not tables:
        raise Problem(f"{path}: the experiment holds no feature table", 65)
    if not 0 <= table < len(tables):
        raise Problem(f"{path}: expected --table 0 … {len(tables) - 1}, found {table}", 64)
    peaks = [
        peak
        for collection in tables[table].feature_collection_list
        for feature in collection.feature_list
        for peak in feature.peak_list
    ]
    labelled = [peak for peak in peaks if peak.annotation is not None and label(peak)]
    if not labelled:
        raise Problem(
            f"{path}: no peak is annotated: expected labels from NeatMS's annotation tool, found "
            f"none on {len(peaks)} peaks",
            65,
        )
    return labelled, len(peaks)


def write(peaks, path, overwrite):
    if os.path.exists(path) and not overwrite:
        raise Problem(
            f"{path}: exists already\n  Give another name, or --overwrite to replace it.", 73
        )
    part = f"{path}.part"  # Under another name until it is whole.
    try:
        with open(part, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for peak in peaks:
                writer.writerow(cell(peak) for cell in COLUMNS.values())
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.remove(part)
        raise Problem(f"{path}: cannot be written ({error.strerror})", 73) from None


class Parser(argparse.ArgumentParser):
    """A wrong command line is exit code 64, as everywhere in this package."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"neatms-export: {message}\n")


def command_line():
    parser = Parser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --python has to be recognised when it is taken out again.
    )
    parser.add_argument("experiment", metavar="experiment.pkl")
    parser.add_argument("labels", metavar="labels.csv")
    parser.add_argument("--python", help="the Python in which NeatMS is installed")
    parser.add_argument(
        "--table", type=int, default=0, help="feature table of the experiment (default: 0)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace labels.csv if it exists")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    return parser.parse_args()


def run_with(python):
    """Starts again under another Python; does not return."""
    kept, skips = [], False
    for argument in sys.argv[1:]:
        if skips or argument == "--python":
            skips = not skips
        elif not argument.startswith("--python="):
            kept.append(argument)
    sys.stdout.flush()
    try:
        os.execvp(python, [python, os.path.abspath(__file__), *kept])
    except OSError as error:
        raise Problem(f"--python {python}: cannot be run ({error.strerror})", 66) from None


def main():
    arguments = command_line()
    if arguments.python:
        run_with(arguments.python)
    if not os.path.exists(arguments.experiment):
        raise Problem(f"{arguments.experiment}: no such file", 66)
    need_neatms()
    # NeatMS prints and logs while it is opened.
    with contextlib.redirect_stdout(sys.stderr):
        experiment = load(arguments.experiment)
    peaks, count = annotated_peaks(experiment, arguments.table, arguments.experiment)
    write(peaks, arguments.labels, arguments.overwrite)
    if arguments.quiet:
        return
    counts = {}
    for peak in peaks:
        counts[label(peak)] = counts.get(label(peak), 0) + 1
    listed = ", ".join(f"{name} {counts[name]}" for name in sorted(counts))
    total = f"{len(peaks)} of {count} peaks are labelled"
    print(f"{arguments.labels}: {total}: {listed}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        print(f"neatms-export: {problem}", file=sys.stderr)
        sys.exit(problem.code)
