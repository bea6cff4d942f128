"""Turns the results of scripts/bench.sh into a Markdown table, on standard output.

    bench-report.py RESULTS MACHINE PRODUCTS SECONDS [DOCUMENT]

RESULTS: lines of round, contender, ranks or threads, batch size, samples a second, split by tabs.
MACHINE: a file with one line about the machine. PRODUCTS: a file with lines of round, mode, batch size,
and how many times as long as its matrix products, and these by BLIS, a step takes; may be empty. With DOCUMENT the text between the lines
`<!-- bench:begin -->` and `<!-- bench:end -->` there is replaced, or added at its end.
"""

import collections
import pathlib
import statistics
import sys

NAMES = {
    ("data", 1): "neatms-dist data, 1 rank",
    ("data", 2): "neatms-dist data, 2 ranks",
    ("sharded", 1): "neatms-dist sharded, 1 rank",
    ("sharded", 2): "neatms-dist sharded, 2 ranks",
    ("keras", 1): "Keras 2.15, 1 thread",
    ("keras", 2): "Keras 2.15, 2 threads",
    ("torch", 1): "PyTorch, 1 process",
    ("torch", 2): "PyTorch DDP (gloo), 2 ranks",
}
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def read(path):
    """(batch, contender, ranks) → {round: samples a second}."""
    results = collections.defaultdict(dict)
    for line in pathlib.Path(path).read_text().splitlines():
        round_number, name, ranks, batch, value = line.split("\t")
        results[int(batch), name, int(ranks)][int(round_number)] = float(value)
    return results


def ratio(ours, theirs):
    """The median of the rounds' ratios: neighbours in time are compared."""
    rounds = ours.keys() & theirs.keys()
    return statistics.median(ours[r] / theirs[r] for r in rounds) if rounds else None


def table(results):
    baselines = list(NAMES)[4:] + [("data", 1), ("data", 2), ("sharded", 1)]
    baselines = [b for b in baselines if any((batch, *b) in results for batch in (32, 256))]
    head = ["batch", "contender", "median", "best"]
    lines = [
        "| " + " | ".join(head + ["÷ " + NAMES[b] for b in baselines]) + " |",
        "|---:|---|---:|---:|" + "---:|" * len(baselines),
    ]
    for (batch, name, ranks), rates in sorted(results.items(), key=order):
        cells = [
            str(batch),
            NAMES[name, ranks],
            f"{statistics.median(rates.values()):,.0f}",
            f"{max(rates.values()):,.0f}",
        ]
        for baseline in baselines:
            other = results.get((batch, *baseline))
            value = ratio(rates, other) if other and baseline != (name, ranks) else None
            cells.append("" if value is None else f"{value:.2f}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def products_table(path):
    """How long a step is beside its matrix products."""
    ratios = collections.defaultdict(list)
    for line in pathlib.Path(path).read_text().splitlines():
        _, mode, batch, *values = line.split("\t")
        ratios[mode, int(batch)].append([float(value) for value in values])
    if not ratios:
        return []
    lines = [
        "A whole step on one rank, times as long as its matrix products by themselves, in turns in one "
        "process (`neatms-dist bench --products`), medians and best of the rounds:",
        "",
        "| mode | batch | ÷ its products | best | ÷ the same products by BLIS | best |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for (mode, batch), rounds in ratios.items():
        cells = []
        for values in zip(*rounds):
            cells += [f"{statistics.median(values):.2f}", f"{min(values):.2f}"]
        lines.append(f"| {mode} | {batch} | " + " | ".join(cells) + " |")
    return lines + [""]


def order(item):
    batch, name, ranks = item[0]
    return batch, ["data", "sharded", "keras", "torch"].index(name), ranks


def replace(document, text):
    path = pathlib.Path(document)
    old = path.read_text() if path.exists() else "# Performance\n\n"
    section = f"{BEGIN}\n{text}{END}\n"
    if BEGIN in old and END in old:
        before, rest = old.split(BEGIN, 1)
        section = before + section + rest.split(END, 1)[1].removeprefix("\n")
    else:
        section = old + section
    path.write_text(section)


def main():
    results = read(sys.argv[1])
    rounds = max(len(rates) for rates in results.values())
    machine = pathlib.Path(sys.argv[2]).read_text().strip()
    text = "\n".join(
        [
            machine + ".",
            "",
            f"Training, samples/s over all ranks: median and best of {rounds} rounds in which the "
            f"contenders took turns, {sys.argv[4]} s each after a warm-up. A ratio is the median "
            "of the rounds' ratios. For Keras the better of `fit` and a step compiled by "
            "`tf.function`; for PyTorch the better of two memory layouts.",
            "",
            *table(results),
            "",
            *products_table(sys.argv[3]),
        ]
    )
    print(text)
    if len(sys.argv) > 5:
        replace(sys.argv[5], text)


if __name__ == "__main__":
    main()
