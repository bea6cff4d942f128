"""The tables of `transfer-learning.py`."""

import re

import numpy as np

METHODS = ("from scratch", "classifier only", "two stages")
UNCHANGED = "source's model as it is"
BEGIN = "<!-- begin: scripts/transfer-learning.sh --write -->"
END = "<!-- end -->"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def cell(values):
    """Mean and spread (smallest and largest) over the seeds."""
    values = np.array(values)
    return f"{values.mean():.3f} ({values.min():.3f}–{values.max():.3f})"


def values(results, target, size, method):
    return [
        found[method] for (a, b, _), found in sorted(results.items()) if (a, b) == (target, size)
    ]


def table(results, targets):
    lines = [
        row(["target", "labelled peaks", *METHODS, "two stages − scratch"]),
        row(["---", "--:"] + ["--:"] * (len(METHODS) + 1)),
    ]
    sizes = sorted({size for _, size, _ in results if size})
    for target in targets:
        unchanged = values(results, target, 0, UNCHANGED)[0]
        lines.append(row([target, "0", f"{UNCHANGED}: {unchanged:.3f}", "", "", ""]))
        for size in sizes:
            found = [values(results, target, size, method) for method in METHODS]
            if not found[0]:
                continue
            gain = np.mean(found[2]) - np.mean(found[0])
            lines.append(row([target, str(size), *map(cell, found), f"{gain:+.3f}"]))
    return lines


def means(results, targets):
    """Over all targets that have enough peaks."""
    lines = [
        row(["labelled peaks", "targets", *METHODS, "two stages − scratch", "better : worse"]),
        row(["--:", "--:"] + ["--:"] * (len(METHODS) + 2)),
    ]
    for size in sorted({size for _, size, _ in results if size}):
        runs = [found for (_, other, _), found in results.items() if other == size]
        having = {target for target, other, _ in results if other == size}
        differences = np.array([run[METHODS[2]] - run[METHODS[0]] for run in runs])
        lines.append(
            row(
                [str(size), str(len(having))]
                + [f"{np.mean([run[method] for run in runs]):.3f}" for method in METHODS]
                + [f"{differences.mean():+.3f}"]
                + [f"{(differences > 0).sum()} : {(differences < 0).sum()}"]
            )
        )
    return lines


def text(results, tasks, options):
    lines = ["Accuracy on held-out peaks: mean over the seeds (smallest–largest)."]
    lines += ["", *table(results, tasks), ""]
    lines += ["Over all targets; the last column counts the runs in which two stages were better or"]
    lines += ["worse than training from scratch on the same peaks:", ""]
    lines += [*means(results, tasks), ""]
    held_out = ", ".join(
        f"{target} {len(task.held_out)} (larger class {task.larger_class():.3f})"
        for target, task in tasks.items()
    )
    seeds = ", ".join(map(str, options.seeds))
    lines += [f"Held-out peaks: {held_out}. Seeds: {seeds}."]
    return "\n".join(lines)


def put(report, page):
    """Replaces what is between the page's markers."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    before = page.read_text()
    if not pattern.search(before):
        raise SystemExit(f"{page}: expected the lines {BEGIN} and {END}")
    page.write_text(pattern.sub(lambda _: f"{BEGIN}\n{report}\n{END}", before))
