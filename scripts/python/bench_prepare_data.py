"""Experiments large enough to measure, made of real ones: long runs, several names a run.

The real raw files are short cuts of a few megabytes. A long run is a real file's spectra several
times in a row, each time later than before, and its peaks are the real tables' peaks as often: so
that there are as many peaks a megabyte as in the real experiment."""

import os
import re
from pathlib import Path

import numpy as np

BOUNDS = ["mz", "mz_min", "mz_max", "RT", "rt_start", "rt_end"]
TIME = re.compile(r'(accession="MS:1000016"[^>]*?value=")([^"]+)("[^>]*unitName="(minute|second)")')


def peaks_of(references, sample):
    """The peaks that real feature tables report in a raw file: rows of BOUNDS, times in minutes."""
    tables = [np.load(path, allow_pickle=True) for path in references]
    rows = [np.column_stack([t[name] for name in BOUNDS])[t["sample"] == sample] for t in tables]
    return np.unique(np.concatenate(rows), axis=0)


def lengthen(source, target, repeats):
    """Writes the spectra of an mzML file `repeats` times; returns minutes between the repeats."""
    text = Path(source).read_text()
    start, end = text.index("<spectrum index"), text.index("</spectrumList>")
    head, spectra = text[text.index("<mzML") : start], text[start:end]
    minutes = [float(m[2]) / (60 if m[4] == "second" else 1) for m in TIME.finditer(spectra)]
    step = float(np.ceil(max(minutes) - min(minutes) + 1))
    count = spectra.count("<spectrum index")
    with open(target, "w") as out:
        out.write('<?xml version="1.0" encoding="utf-8"?>\n')
        out.write(re.sub(r'(<spectrumList count=")\d+', rf"\g<1>{count * repeats}", head))
        for repeat in range(repeats):

            def later(match):
                shift = repeat * step * (60 if match[4] == "second" else 1)
                return f"{match[1]}{float(match[2]) + shift}{match[3]}"

            copy = TIME.sub(later, spectra)
            copy = re.sub(r"scan=(\d+)", lambda m: f"scan={int(m[1]) + 100_000 * repeat}", copy)
            numbers = iter(range(repeat * count, (repeat + 1) * count))
            out.write(re.sub(r'(<spectrum index=")\d+', lambda m: f"{m[1]}{next(numbers)}", copy))
        out.write("</spectrumList></run></mzML>\n")
    return step


def make(experiment, references, wanted, folder):
    """Writes long runs of about `wanted` peaks each. Returns by run its path and its peaks."""
    runs = []
    for sample in sorted((Path(experiment) / "mzML").iterdir()):
        real = peaks_of(references, sample.name)
        repeats = max(1, round(wanted / len(real)))
        path = Path(folder) / sample.name
        step = lengthen(sample, path, repeats)
        shifts = [np.array([0, 0, 0, 1, 1, 1]) * step * repeat for repeat in range(repeats)]
        runs.append((path, np.concatenate([real + shift for shift in shifts])))
    return runs


def publish(runs, copies, folder, every=1):
    """Writes `raw` (each run under several names), `features.csv` (as XCMS writes an aligned table: a
    row a peak, sample by sample; the peak of a run and those of its copies are one feature) and
    `labels.csv`, of one peak in `every`, into a new folder. Returns the numbers of files, peaks,
    labels and megabytes."""
    raw = Path(folder) / "raw"
    raw.mkdir(parents=True)
    features = ["feature_id,mz,mzmin,mzmax,rt,rtmin,rtmax,into,intb,maxo,sn,sample,sample_name"]
    labels = ["sample,feature_id,label"]
    count = size = 0
    for copy in range(copies):
        feature = 0
        for path, peaks in runs:
            name = f"{path.stem}_{copy}.mzML"
            os.symlink(path.resolve(), raw / name)
            count += 1
            size += path.stat().st_size
            for number, row in enumerate(peaks.tolist()):
                feature += 1
                identity = f"FT{feature:06}"
                places = row[:3] + [60 * minutes for minutes in row[3:]]
                cells = [identity, *places, 1, 1, 1, 1, count, name]
                features.append(",".join(map(str, cells)))
                if number % every == 0:
                    label = ["High_quality", "Low_quality", "Noise"][len(labels) % 3]
                    labels.append(f"{name},{identity},{label}")
    (Path(folder) / "features.csv").write_text("\n".join(features) + "\n")
    (Path(folder) / "labels.csv").write_text("\n".join(labels) + "\n")
    return count, len(features) - 1, len(labels) - 1, size / 1e6
