"""What real pymzML gets from raw files, as NeatMS 0.9 reads them (NeatMS/data.py).

  mzml-table.py table FILE…            one tab-separated line a file, in the columns of `inspect`
  mzml-table.py points FILE OUT.tsv    one line a spectrum that has points: its position, and as hex of
                                       64-bit floats its time, m/z values and intensities
  mzml-table.py compare OURS.tsv THEIRS.tsv
                                       both tables side by side; exit code 1 where they differ
"""

import gzip
import logging
import os
import shutil
import sys
import tempfile
import warnings

import numpy as np

warnings.simplefilter("ignore")
import pymzml  # noqa: E402

logging.disable(logging.CRITICAL)


def unpacked(path, folder):
    """pymzML refuses .mzML.gz made by gzip: it gets the file inside."""
    if not path.endswith(".gz"):
        return path
    plain = os.path.join(folder, os.path.basename(path)[:-3])
    with gzip.open(path, "rb") as source, open(plain, "wb") as target:
        shutil.copyfileobj(source, target)
    return plain


def ms1(path, lenient=False):
    """NeatMS's loop over a file. Lenient: without its crashes on spectra without points or time."""
    for position, spectrum in enumerate(pymzml.run.Reader(path)):
        if spectrum.ms_level == 1:
            peaks = spectrum.peaks("centroided")
            if lenient and len(peaks) == 0:
                yield position, None, np.empty(0), np.empty(0)
                continue
            yield position, spectrum.scan_time_in_minutes(), peaks[:, 0], peaks[:, 1]


def row(path, folder):
    spectra = points = 0
    mz_sum = intensity_sum = 0.0
    times = []
    note = "ok"
    try:
        for _, time, mz, intensity in ms1(unpacked(path, folder)):
            spectra += 1
            points += len(mz)
            mz_sum += float(np.sum(mz, dtype=np.float64))
            intensity_sum += float(np.sum(intensity, dtype=np.float64))
            times.append(time)
    except Exception as error:  # whatever it is, NeatMS ends with it
        note = f"{type(error).__name__}: {error}".replace("\n", " ").replace("\t", " ")
    first, last = (min(times), max(times)) if times else ("", "")
    return [path, spectra, points, repr(mz_sum), repr(intensity_sum), first, last, note]


def table(paths):
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            print(*row(path, folder), sep="\t", flush=True)


def hexadecimal(values):
    return np.ascontiguousarray(values, "<f8").tobytes().hex()


def save_points(path, out):
    with tempfile.TemporaryDirectory() as folder, open(out, "w") as file:
        for position, time, mz, intensity in ms1(unpacked(path, folder), lenient=True):
            if time is None:
                continue
            print(position, hexadecimal([time]), hexadecimal(mz), hexadecimal(intensity),
                  sep="\t", file=file)


def difference(ours, theirs):
    """What of a file differs beyond rounding; empty where nothing does."""
    names = ["ms1_spectra", "points", "sum_mz", "sum_intensity", "first_minute", "last_minute"]
    for name, mine, other in zip(names, ours[1:7], theirs[1:7]):
        if mine == other:
            continue
        if mine == "" or other == "" or abs(float(mine) - float(other)) > 1e-11 * abs(float(other)):
            return name
    return ""


def compare(ours_path, theirs_path):
    """Prints both tables side by side; ends with 1 where they differ."""
    with open(ours_path) as ours, open(theirs_path) as theirs:
        rows = [line.rstrip("\n").split("\t") for line in ours][1:]
        others = [line.rstrip("\n").split("\t") for line in theirs]
    assert [row[0] for row in rows] == [row[0] for row in others]
    print("| file | MS1 spectra | points | sum of intensities | pymzML as NeatMS asks it | |")
    print("|---|---:|---:|---:|---|---|")
    counts = {"equal": 0, "different": 0, "pymzML fails": 0}
    for mine, other in zip(rows, others):
        cells = [os.path.basename(mine[0]), mine[1], mine[2], f"{float(mine[4]):.10g}"]
        if other[7] != "ok":
            said = f"after {other[1]} spectra: {other[7].replace('|', '/')}"
            verdict, kind = "pymzML fails", "pymzML fails"
        else:
            said = f"{other[1]} spectra, {other[2]} points, {float(other[4]):.10g}"
            differs = difference(mine, other)
            kind = "different" if differs else "equal"
            verdict = f"**different: {differs}**" if differs else "equal"
        counts[kind] += 1
        print("|", " | ".join([*cells, said, verdict]), "|")
    print("\n" + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    sys.exit(1 if counts["different"] else 0)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    commands = {"table": lambda *paths: table(paths), "points": save_points, "compare": compare}
    commands[command](*arguments)
