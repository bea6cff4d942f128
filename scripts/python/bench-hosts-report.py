"""Turns the results of scripts/bench-hosts.sh into a Markdown table, on standard output.

    bench-hosts-report.py RESULTS MACHINE RATE BATCH_SIZE [DOCUMENT]

RESULTS: lines of round, contender, samples a second, split by tabs. With DOCUMENT the text between
the marks of this rate and batch size there is replaced, or added at its end.
"""

import collections
import pathlib
import statistics
import sys

from marked import replace


def read(path):
    """Contender → {round: samples a second}, in order of appearance."""
    results = collections.defaultdict(dict)
    for line in pathlib.Path(path).read_text().splitlines():
        round_number, name, value = line.split("\t")
        results[name][int(round_number)] = float(value)
    return results


def ratio(ours, theirs):
    """The median of the rounds' ratios: neighbours in time are compared."""
    rounds = ours.keys() & theirs.keys()
    return statistics.median(ours[r] / theirs[r] for r in rounds)


def table(results):
    names = list(results)
    base = [names[0], names[-1]]
    lines = [f"| contender | median | best | ÷ {base[0]} | ÷ {base[1]} |", "|---|---:|---:|---:|---:|"]
    for name, rates in results.items():
        cells = [f"{statistics.median(rates.values()):,.0f}", f"{max(rates.values()):,.0f}"]
        for other in base:
            cells.append("" if other == name else f"{ratio(rates, results[other]):.2f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main():
    results, machine, rate, batch = read(sys.argv[1]), *sys.argv[2:5]
    rounds = max(len(rates) for rates in results.values())
    text = "\n".join(
        [
            f"Batch {batch}, link {rate}. {machine}. Samples/s over both hosts, median and best of "
            f"{rounds} rounds in which the contenders took turns; a ratio is the median of the rounds' "
            "ratios.",
            "",
            *table(results),
            "",
        ]
    )
    print(text)
    if len(sys.argv) > 5:
        replace(sys.argv[5], f"bench-hosts-{rate}-{batch}", text)


main()
