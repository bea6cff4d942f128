"""Times `neatms-dist prepare` beside NeatMS's extraction, in turns; see scripts/bench-prepare.sh.

    bench-prepare.py TOOL SHARED_DATA ROUNDS PEAKS_A_FILE
"""

import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_prepare_data import make, publish

# What holds the real peaks; copies of each run beside NeatMS, and for one rank beside two.
EXPERIMENTS = {
    "squallms": (["reference_aligned"], 1, 32),
    "mzmine": (["reference_mzmine_aligned"], 1, 96),
}
# Beside NeatMS, which extracts all peaks, all are labelled. Nobody labels all of a hundred files: with
# many, one peak in so many is.
LABELLED = 8


def apart_from_here(function, *arguments):
    """Calls it in a process of its own: a command's peak memory counts what this process had when it
    started the command."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def run(commands):
    """Runs commands at the same time. Seconds until all have ended, peak memory of the largest
    process in MB, and what the first printed."""
    start = time.perf_counter()
    outputs = [tempfile.TemporaryFile("w+") for _ in commands]
    children = [
        subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        for command, out in zip(commands, outputs)
    ]
    ends = [os.wait4(child.pid, 0) for child in children]
    seconds = time.perf_counter() - start
    texts = []
    for command, out, (_, status, _) in zip(commands, outputs, ends):
        out.seek(0)
        texts.append(out.read())
        out.close()
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{texts[-1]}")
    return seconds, max(usage.ru_maxrss for _, _, usage in ends) / 1024, texts[0]


class Contender:
    """Commands that run at the same time, each on the whole experiment."""

    def __init__(self, name, commands):
        self.name, self.commands = name, commands
        self.seconds, self.memory, self.peaks = [], 0, None

    def round(self):
        # Replacing a large file takes the system a while, which is not the contender's time.
        for command in self.commands:
            if "--out" in command:
                Path(command[command.index("--out") + 1]).unlink(missing_ok=True)
        seconds, memory, text = run(self.commands)
        own = re.search(r"^seconds: (\S+)", text, re.MULTILINE)
        self.seconds.append((float(own[1]) if own else seconds) / len(self.commands))
        self.memory = max(self.memory, memory)
        self.peaks = int(re.search(r"(?:^peaks: |\.h5: )(\d+)", text, re.MULTILINE)[1])
        print(f"{self.name}: {self.seconds[-1]:.2f} s", file=sys.stderr)


def prepare(tool, folder, out):
    options = {"raw": "raw", "features": "features.csv", "labels": "labels.csv", "out": out}
    command = [tool, "prepare", "--format", "xcms"]
    for name, file in options.items():
        command += [f"--{name}", folder / file]
    return command


def ours(tool, folder, ranks):
    launch = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
    name = f"`neatms-dist prepare`, {ranks} rank{'s' if ranks > 1 else ''}"
    return Contender(name, [launch + prepare(tool, folder, "batches.h5")])


def apart(tool, folder):
    """What two ranks can reach at most here: two processes that have nothing to do with each other
    share the machine's caches and memory, too."""
    commands = [prepare(tool, folder, f"apart-{number}.h5") for number in range(2)]
    return Contender("two runs of one rank at the same time, time for each", commands)


def neatms(folder):
    script = Path(__file__).parent / "bench-prepare-neatms.py"
    command = [sys.executable, script, folder / "raw", folder / "features.csv"]
    return Contender("NeatMS 0.9, extraction alone", [command])


def table(contenders):
    """The first contender is what the others are compared with, round by round."""
    lines = ["| | median | best | × faster, median of rounds | peak memory |"]
    lines.append("|---|---|---|---|---|")
    for contender in contenders:
        pairs = zip(contenders[0].seconds, contender.seconds)
        ratio = statistics.median(base / own for base, own in pairs)
        lines.append(
            f"| {contender.name} | {statistics.median(contender.seconds):.2f} s "
            f"| {min(contender.seconds):.2f} s | {ratio:.2f} | {contender.memory:.0f} MB |"
        )
    return "\n".join(lines)


def compare(title, contenders, rounds):
    for _ in range(rounds):
        for contender in contenders:
            contender.round()
    if any(contender.peaks != contenders[0].peaks for contender in contenders):
        sys.exit(f"{title}: {[(c.name, c.peaks) for c in contenders]} valid peaks")
    print(f"{title}, {contenders[0].peaks:,} of them valid. {rounds} rounds.\n")
    print(table(contenders) + "\n", flush=True)


def main():
    tool, shared, rounds, wanted = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:5])
    for name, (references, few, many) in EXPERIMENTS.items():
        experiment = shared / "experiments" / name
        references = [experiment / f"{reference}.npz" for reference in references]
        with tempfile.TemporaryDirectory() as temporary:
            long = Path(temporary) / "long"
            long.mkdir()
            runs = apart_from_here(make, experiment, references, wanted, long)
            for copies in (few, many):
                folder = Path(temporary) / str(copies)
                every = 1 if copies == few else LABELLED
                count, peaks, labels, size = apart_from_here(
                    publish, runs, copies, folder, every
                )
                title = f"{name}: {count} files, {size:.0f} MB, {peaks:,} peaks, {labels:,} labelled"
                contenders = [ours(tool, folder, 1), ours(tool, folder, 2)]
                if copies == few:
                    contenders.insert(0, neatms(folder))
                else:
                    contenders.append(apart(tool, folder))
                # Those without NeatMS are quick, and nearer to each other.
                compare(title, contenders, rounds if copies == few else 2 * rounds + 1)


if __name__ == "__main__":
    main()
