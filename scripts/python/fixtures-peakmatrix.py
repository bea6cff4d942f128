"""Writes Tests/PeakDataTests/Fixtures/peakmatrix.json: matrices that NeatMS 0.9 itself makes.

    "$(scripts/venv.sh keras2)" scripts/python/fixtures-peakmatrix.py [FILE]

NeatMS's `PymzmlDataReader.create_interpolated_chromatograms` is given spectra from memory in place of
an mzML file. One entry a case:

    name
    matrix_size, margin, min_scan_num, rt_start, rt_end
    spectra        [scan time, [intensities inside the m/z window]], in the order of acquisition
    valid          NeatMS's verdict
    scan_number    null: left unset
    matrix         null where invalid; "nan" where NeatMS made a matrix of NaN; else the intensity row,
                   unrounded, and the window row
"""

import json
import pathlib
import sys

import numpy as np
import NeatMS.data
from NeatMS.peak import Peak

MZ = 300.0


class Spectrum:
    ms_level = 1

    def __init__(self, time, intensities):
        self.time = time
        # Points on both sides of the m/z window, which NeatMS has to leave out.
        masses = [MZ - 1] + list(MZ + np.linspace(-0.004, 0.004, len(intensities))) + [MZ + 1]
        self.points = np.array([masses, [1e6, *intensities, 2e6]]).T

    def scan_time_in_minutes(self):
        return self.time

    def peaks(self, _):
        return self.points


def neatms(spectra, rt_start, rt_end, matrix_size, margin, min_scan_num):
    NeatMS.data.pymzml.run.Reader = lambda _: [Spectrum(t, v) for t, v in spectra]
    peak = Peak(None, 0, MZ, rt_start, rt_end, MZ - 0.005, MZ + 0.005, 0, 0)
    reader = NeatMS.data.PymzmlDataReader()
    with np.errstate(all="ignore"):
        reader.create_interpolated_chromatograms(
            "", matrix_size, margin, True, [peak], min_scan_num
        )
    matrix = None
    if peak.formatted_chromatograms:
        rows = peak.formatted_chromatograms[0].dataframe
        matrix = rows.tolist() if np.isfinite(rows).all() else "nan"
    return {"valid": peak.valid, "scan_number": peak.scan_number, "matrix": matrix}


def gaussian(random, scans, points=1, first=4.0, last=5.5):
    times = np.sort(random.uniform(first, last, scans))
    heights = 3e4 * np.exp(-((times - 4.7) ** 2) / 0.01) + random.uniform(50, 900, scans)
    shares = random.uniform(0.2, 1, (scans, points))
    return [[round(t, 5), list((h * s).round(1))] for t, h, s in zip(times, heights, shares)]


def cases():
    random = np.random.RandomState(20)
    defaults = {"rt_start": 4.5, "rt_end": 5.0, "matrix_size": 40, "margin": 1, "min_scan_num": 5}

    def case(name, spectra, **options):
        return {"name": name, **defaults, **options, "spectra": spectra}

    plain = gaussian(random, 60)
    yield case("plain", plain, matrix_size=120)
    yield case("several points a scan", gaussian(random, 40, points=3))
    yield case("eight points and more a scan", gaussian(random, 24, points=11))
    dense = gaussian(random, 9, points=150)
    yield case("more points than one block of additions", dense, min_scan_num=0)
    yield case("odd size, odd margin", gaussian(random, 30), matrix_size=31, margin=0.37)
    yield case("no margin", gaussian(random, 30), margin=0)
    yield case("no scan at any point of the matrix", plain, matrix_size=2)
    gaps = [[t, [] if i % 3 == 1 or 20 < i < 30 else v] for i, (t, v) in enumerate(plain)]
    yield case("scans without a point", gaps)
    zeros = [[t, [0.0] if i % 4 == 1 else v] for i, (t, v) in enumerate(plain)]
    yield case("zero intensities", zeros)
    grid = [[4.0 + i * 0.0625, [float(10 + (i * i) % 17)]] for i in range(25)]
    yield case("bounds exactly on scans", grid, matrix_size=25)
    yield case("smallest matrix", grid, matrix_size=2)
    twice = [[t, v] for t, v in grid for _ in range(2)]
    yield case("every time twice", twice, matrix_size=25)
    shuffled = [grid[i] for i in random.permutation(len(grid))]
    yield case("out of order", shuffled, matrix_size=30)
    yield case("scans on one side only", [s for s in plain if s[0] > 4.8])
    yield case("scans at the bounds of the peak", [[4.5 + i / 8, [1.0 + i]] for i in range(5)])
    yield case("few scans, allowed", [[4.6, [5.0]], [4.7, [9.0]]], min_scan_num=2)
    yield case("all scans in a margin", [[4.01 + i / 50, [5.0 + i]] for i in range(20)], min_scan_num=0)
    yield case("too few scans", [s for s in plain if not 4.55 < s[0] < 4.95])
    yield case("one spectrum", [s for s in plain if 4.5 < s[0]][:1])
    yield case("no spectrum", [])
    yield case("no signal", [[t, []] for t, _ in plain])
    yield case("one time twice", [[4.7, [5.0]], [4.7, [6.0]]], min_scan_num=1)
    yield case("flat", [[t, [250.0]] for t, _ in plain])
    yield case("end before start", plain, rt_start=5.0, rt_end=4.5)
    yield case("no width", grid, rt_start=4.5, rt_end=4.5, min_scan_num=1)


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    default = root / "Tests/PeakDataTests/Fixtures/peakmatrix.json"
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    written = []
    for case in cases():
        options = {key: value for key, value in case.items() if key != "name"}
        written.append({**case, **neatms(**options)})
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in written)
    path.write_text(f"[\n{text}\n]\n")
    print(f"{path}: {len(written)} cases")


main()
