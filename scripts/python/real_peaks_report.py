"""The statistics, the table and the page of `real-peaks.py`.

Criterion of "indistinguishable", both halves of it:

- Paired test over the peaks that were held out (test and validation sets of all splits together).
  For each distinct peak: how often it was told right by ours less how often by Keras. If it does
  not matter which program trained, each of these differences is as likely as its negative; p is the
  share of random signs with a sum as far from 0 as the one found. (For one run of each this is
  McNemar's test.) p must exceed 0.01. Two trainings from other start weights differ by more than
  chance over peaks alone, so that the test is stricter than it seems.
- The mean accuracy on held-out peaks differs by at most 0.03: a test that finds nothing because it
  has too few peaks does not pass for agreement.
"""

import re

import numpy as np

SETS = ("train", "test", "validation")
LEAST_P, MOST_DIFFERENCE = 0.01, 0.03
NAMES = {"ours": "neatms-dist", "keras": "Keras 2.15"}
BEGIN, END = "<!-- begin: scripts/real-peaks.sh --write -->", "<!-- end -->"


def sign_flip(differences, draws=100_000):
    """Two-sided p of the sum of differences that might as well have had the other sign."""
    differences = np.array([d for d in differences if d])
    if not len(differences):
        return 1.0
    signs = np.random.RandomState(0).randint(0, 2, (draws, len(differences)), np.int8) * 2 - 1
    reached = np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9
    return float((reached.sum() + 1) / (draws + 1))


def per_peak(ours, theirs):
    """For each peak, how often it was right in `ours` less how often in `theirs` (runs in pairs)."""
    difference = {}
    for run, found in ours.items():
        for peak, right in found["right"].items():
            other = theirs[run]["right"][peak]
            difference[peak] = difference.get(peak, 0) + right - other
    return list(difference.values())


def held_out(found):
    """The share of test and validation peaks told right."""
    return float(np.mean(list(found["right"].values())))


def compare(results):
    ours, keras = results["ours"], results["keras"]
    difference = float(np.mean([held_out(ours[run]) - held_out(keras[run]) for run in ours]))
    p = sign_flip(per_peak(ours, keras))
    outcome = {
        "peaks": len(per_peak(ours, keras)),
        "difference": difference,
        "p": p,
        "indistinguishable": p > LEAST_P and abs(difference) <= MOST_DIFFERENCE,
    }
    for who, runs in results.items():
        outcome[who] = {
            f"{name}_{key}": float(np.mean([found[name][key] for found in runs.values()]))
            for name in SETS
            for key in ("accuracy", "loss")
        }
        outcome[who]["held_out_accuracy"] = float(np.mean([*map(held_out, runs.values())]))
        outcome[who]["spread"] = spread(runs)
    return outcome


def spread(runs):
    """How far apart the held-out accuracies of one split's trainings are, at most (None: one)."""
    by_split = {}
    for (split, _), found in runs.items():
        by_split.setdefault(split, []).append(held_out(found))
    ranges = [max(values) - min(values) for values in by_split.values() if len(values) > 1]
    return max(ranges) if ranges else None


def row(cells):
    return "| " + " | ".join(cells) + " |"


def numbers(found):
    return [f"{found[name][key]:.3f}" for key in ("accuracy", "loss") for name in SETS]


def table(results, outcome):
    lines = [
        row(
            ["split", "seed", "trained by"]
            + [f"{name} {key}" for key in ("accuracy", "loss") for name in SETS]
        ),
        row(["--:"] * 2 + ["---"] + ["--:"] * 6),
    ]
    for run in sorted(results["ours"]):
        for who, name in NAMES.items():
            lines.append(row([*map(str, run), name] + numbers(results[who][run])))
    for who, name in NAMES.items():
        mean = [
            f"**{outcome[who][f'{part}_{key}']:.3f}**"
            for key in ("accuracy", "loss")
            for part in SETS
        ]
        lines.append(row(["", "mean", name] + mean))
    return lines


def text(results, outcome, options):
    lines = table(results, outcome)
    verdict = "indistinguishable" if outcome["indistinguishable"] else "DIFFERENT"
    lines += [
        "",
        f"{options.epochs} epochs, batches of {options.batch_size}, Adam at "
        f"{options.learning_rate:g}, {options.ranks} ranks.",
        f"Held-out peaks told right: {outcome['ours']['held_out_accuracy']:.4f} by neatms-dist, "
        f"{outcome['keras']['held_out_accuracy']:.4f} by Keras; difference "
        f"{outcome['difference']:+.4f} (allowed: {MOST_DIFFERENCE}).",
        f"Paired test over {outcome['peaks']} distinct held-out peaks: p = {outcome['p']:.3f} "
        f"(needed: more than {LEAST_P}).",
        f"Verdict: **{verdict}**.",
    ]
    if outcome["keras"]["spread"] is not None:
        lines.insert(
            -1,
            "Trainings of the same split that differ only in the seed: up to "
            f"{outcome['ours']['spread']:.3f} apart with neatms-dist, "
            f"{outcome['keras']['spread']:.3f} with Keras.",
        )
    return "\n".join(lines)


def put(report, page):
    """Replaces what is between the page's markers."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    before = page.read_text()
    if not pattern.search(before):
        raise SystemExit(f"{page}: expected the lines {BEGIN} and {END}")
    page.write_text(pattern.sub(lambda _: f"{BEGIN}\n{report}\n{END}", before))
