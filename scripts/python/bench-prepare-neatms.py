"""NeatMS 0.9 makes the matrices of every peak of an experiment: RAW FEATURES on the command line.

Prints `seconds:` of the extraction alone: modules are loaded and the table is read before the clock
starts. `peaks:` is the number of valid ones."""

import sys
import time

import NeatMS as ntms
import numpy as np

experiment = ntms.Experiment(sys.argv[1], sys.argv[2], "xcms")
start = time.perf_counter()
with np.errstate(all="ignore"):
    for sample in experiment.samples:
        sample.create_interpolated_chromatograms(120, 1, min_scan_num=5)
seconds = time.perf_counter() - start
matrices = [
    peak.formatted_chromatograms[0].dataframe
    for sample in experiment.samples
    for peak in sample.peak_list
    if peak.valid
]
# Those that NeatMS counts as valid although they are 0/0 are invalid in ours.
print(f"seconds: {seconds}\npeaks: {sum(np.isfinite(matrix).all() for matrix in matrices)}")
