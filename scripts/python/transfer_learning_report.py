"""The tables of `transfer-learning.py`."""

import re

import numpy as np
from transfer_learning_data import TUNED_ON

METHODS = ("from scratch", "classifier only", "two stages")
UNCHANGED = "source's model as it is"
THRESHOLD = "source's model, own threshold"
MEASURES = {"accuracy": "accuracy", "auc": "area under the ROC curve"}
BEGIN = "<!-- begin: scripts/transfer-learning.sh --write -->"
END = "<!-- end -->"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def cell(values):
    """Mean and standard deviation over the seeds."""
    values = np.array(values)
    spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{spread}"


def values(results, targets, size, method, measure):
    """One number a target and seed, in order."""
    return np.array(
        [
            found[method][measure]
            for (target, other, _), found in sorted(results.items())
            if target in targets and other == size
        ]
    )


def sizes(results, targets):
    return sorted({size for target, size, _ in results if target in targets})


def table(results, targets, measure, methods):
    """A row for each target and number of labelled peaks."""
    lines = [row(["target", "labelled", *methods]), row(["---", "--:"] + ["--:"] * len(methods))]
    for target in targets:
        for size in sizes(results, [target]):
            found = [
                cell(values(results, [target], size, method, measure))
                for method in methods
            ]
            lines.append(row([target, str(size), *found]))
    return lines


def differences(results, targets):
    """Over all targets that have enough peaks: each method less scratch, on the same peaks."""
    compared = (THRESHOLD, *METHODS[1:])
    heads = [f"{method} − scratch" for method in compared]
    lines = [
        row(["labelled", "runs", "measure", *heads, "two stages better : worse"]),
        row(["--:", "--:", "---"] + ["--:"] * 4),
    ]
    for size in sizes(results, targets):
        for measure in MEASURES:
            scratch = values(results, targets, size, METHODS[0], measure)
            gains = [values(results, targets, size, m, measure) - scratch for m in compared]
            lines.append(
                row(
                    [str(size), str(len(scratch)), MEASURES[measure]]
                    + [gain_cell(gain) for gain in gains]
                    + [f"{(gains[-1] > 0).sum()} : {(gains[-1] < 0).sum()}"]
                )
            )
    return lines


def gain_cell(gains):
    """Mean, and its standard error over the runs."""
    error = f" ± {gains.std(ddof=1) / np.sqrt(len(gains)):.3f}" if len(gains) > 1 else ""
    return f"{gains.mean():+.3f}{error}"


def text(results, tasks, options):
    targets = [target for target in tasks if target != TUNED_ON] or list(tasks)
    lines = ["Accuracy on held-out peaks, mean ± standard deviation over the seeds:", ""]
    lines += [*table(results, tasks, "accuracy", (UNCHANGED, THRESHOLD, *METHODS)), ""]
    lines += ["Area under the ROC curve on the same peaks:", ""]
    lines += [*table(results, tasks, "auc", (UNCHANGED, *METHODS)), ""]
    without = f", without {TUNED_ON}" if TUNED_ON in tasks and len(tasks) > 1 else ""
    lines += [f"Mean difference over the runs ± its standard error{without}:", ""]
    lines += [*differences(results, targets), ""]
    lines += ["Distinct held-out peaks over the seeds, and the share of the larger class: "]
    described = []
    for target, task in tasks.items():
        count, share = task.distinct(options.seeds)
        described.append(f"{target} {count} ({share:.2f})")
    lines[-1] += ", ".join(described) + f". Seeds: {', '.join(map(str, options.seeds))}."
    return "\n".join(lines)


def put(report, page):
    """Replaces what is between the page's markers."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    before = page.read_text()
    if not pattern.search(before):
        raise SystemExit(f"{page}: expected the lines {BEGIN} and {END}")
    page.write_text(pattern.sub(lambda _: f"{BEGIN}\n{report}\n{END}", before))
