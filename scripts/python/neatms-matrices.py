"""NeatMS's peak matrices as plain doubles, for comparison.

    neatms-matrices.py stored REFERENCE.npz OUT
    neatms-matrices.py made REFERENCE.npz RAW_FOLDER OUT SIZE MARGIN MIN_SCAN_NUM

`stored` passes on what the reference file holds; `made` lets NeatMS 0.9 make the matrices of the
same peaks anew, of any size and margin.

OUT gets one record of little-endian float64 a peak: the sample's number, rt_start, rt_end, mz_min,
mz_max, valid (0 or 1), scan_number (-1: none), and the matrix row by row (zeros where there is none).
Standard output: the samples' names, one a line, in the order of their numbers.
"""

import sys
from pathlib import Path

import numpy as np


def stored(reference):
    matrices = reference["matrix"].reshape(len(reference["valid"]), -1)
    return reference["valid"], reference["scan_number"], matrices


def made(reference, raw, size, margin, min_scan_num):
    from NeatMS.data import PymzmlDataReader
    from NeatMS.peak import Peak

    names = ["RT", "mz", "rt_start", "rt_end", "mz_min", "mz_max", "height", "area"]
    columns = [reference[name].tolist() for name in names]
    peaks = [Peak(sample, *numbers) for sample, *numbers in zip(reference["sample"], *columns)]
    reader = PymzmlDataReader()
    for sample in np.unique(reference["sample"]):
        chosen = [peak for peak in peaks if peak.sample == sample]
        reader.create_interpolated_chromatograms(
            Path(raw) / sample, size, margin, True, chosen, min_scan_num
        )
    matrices = np.zeros((len(peaks), 2 * size))
    for row, peak in zip(matrices, peaks):
        if peak.valid:
            row[:] = peak.formatted_chromatograms[0].dataframe.ravel()
    scans = [-1 if peak.scan_number is None else peak.scan_number for peak in peaks]
    return np.array([bool(peak.valid) for peak in peaks]), np.array(scans), matrices


def main():
    what, path, *rest = sys.argv[1:]
    reference = np.load(path, allow_pickle=True)
    if what == "stored":
        out = rest[0]
        valid, scans, matrices = stored(reference)
    else:
        raw, out, size, margin, min_scan_num = rest
        with np.errstate(all="ignore"):
            valid, scans, matrices = made(
                reference, raw, int(size), float(margin), int(min_scan_num)
            )
    samples, numbers = np.unique(reference["sample"], return_inverse=True)
    bounds = [reference[name] for name in ["rt_start", "rt_end", "mz_min", "mz_max"]]
    records = np.column_stack([numbers, *bounds, valid, scans, matrices])
    records.astype("<f8").tofile(out)
    print("\n".join(samples))


main()
