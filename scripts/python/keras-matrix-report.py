"""The table of scripts/keras-matrix.sh: which reader opens whose files.

    python scripts/python/keras-matrix-report.py FOLDER VERSION [--write docs/models.md]

FOLDER holds what scripts/keras-matrix.sh left there, VERSION is neatms-dist's. Exits 1 where
predictions differ, or a file is not read and no reason for that is known.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import numpy as np

TOLERANCE = 1e-5
BEGIN, END = "<!-- begin: scripts/keras-matrix.sh --write -->", "<!-- end -->"
NAMES = {
    "keras231": "Keras 2.3.1",
    "keras2": "Keras 2.15.0",
    "tfkeras": "tf-keras",
    "keras38": "Keras 3.8",
    "keras3": "Keras 3.13",
    "ours": "neatms-dist",
}
FORMATS = {
    "h5": "whole model, `.h5`",
    "keras": "whole model, `.keras`",
    "old.h5": "weights, `.h5`",
    "weights.h5": "weights, `.weights.h5`",
}

# Why tools other than ours cannot read a file, by reader, format and writers.
NUMBERED = "this layout of weights came with Keras 2.12"
MODULES = "a `.keras` names the modules of the package that wrote it"
LIMITS = [
    ("keras231", "h5", "keras2 tfkeras keras38 keras3", "the class `Functional` came with Keras 2.4"),
    ("keras231", "keras", "*", "`.keras` came with Keras 2.12"),
    ("keras231", "weights.h5", "*", NUMBERED),
    ("keras2 tfkeras", "h5", "keras38 keras3", "Keras 3's layers have parameters that Keras 2's have not"),
    ("keras2", "keras", "tfkeras keras38 keras3 ours", MODULES),
    ("tfkeras", "keras", "keras38 keras3 ours", MODULES),
    ("keras38 keras3", "keras", "keras2 tfkeras", MODULES),
    ("keras38", "h5 keras", "keras3", "Keras 3.13's layers have parameters that Keras 3.8's have not"),
]


def limit(reader, end, writer):
    for readers, ends, writers, why in LIMITS:
        if reader in readers.split() and end in ends.split():
            if writers == "*" or writer in writers.split():
                return why
    return None


def read_ours(folder):
    """What matrix-suite made of every file."""
    found = {}
    for line in (folder / "ours.read.txt").read_text().splitlines():
        path, outcome = line.split("\t", 1)
        path = Path(path)
        found[path.name] = outcome
        if outcome == "read":
            theirs = np.load(folder / (path.name.split(".")[0] + ".npy"))
            ours = np.fromfile(f"{path}.bin", "float32").reshape(theirs.shape)
            found[path.name] = float(np.abs(ours - theirs).max())
    return found


def cell(reader, end, writer, result, notes, faults):
    if isinstance(result, float) and result <= TOLERANCE:
        return "0" if result == 0 else f"{result:.0e}"
    if isinstance(result, float):
        faults.append(f"{NAMES[reader]} reads {writer}.{end}: differs by {result}")
        return f"**{result:.0e}**"
    why = limit(reader, end, writer)
    if why is None:
        faults.append(f"{NAMES[reader]} reads {writer}.{end}: {result}")
        return "**cannot**"
    if why not in notes:
        notes.append(why)
    return f"cannot ({notes.index(why) + 1})"


def table(folder, version):
    results, versions = {"ours": read_ours(folder)}, {"ours": version}
    for name in NAMES:
        path = folder / f"{name}.read.json"
        if path.exists():
            part = json.loads(path.read_text())
            results[name], versions[name] = part["found"], part["version"]
    readers = [name for name in NAMES if name in results]
    notes, faults, lines = [], [], []
    lines.append("| format | written by | " + " | ".join(NAMES[r] for r in readers) + " |")
    lines.append("|---|---|" + "---|" * len(readers))
    for end, format_name in FORMATS.items():
        for writer in readers:
            file = f"{writer}.{end}"
            if file not in results["ours"]:
                continue
            cells = [cell(r, end, writer, results[r][file], notes, faults) for r in readers]
            lines.append(f"| {format_name} | {NAMES[writer]} | " + " | ".join(cells) + " |")
    lines.append("")
    lines += [f"{number}. Cannot, because {why}." for number, why in enumerate(notes, 1)]
    about = ", ".join(f"{NAMES[r]} is {versions[r]}" for r in readers)
    lines += ["", f"Versions: {about}."]
    return "\n".join(lines), faults


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("version")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    text, faults = table(arguments.folder, arguments.version)
    print(text)
    if arguments.write:
        before = arguments.write.read_text()
        pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
        if not pattern.search(before):
            sys.exit(f"{arguments.write} has no place for the table: {BEGIN} … {END}")
        arguments.write.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", before))
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
