"""What the peers of scripts/bench.sh share: the data and the timing.

Every peer gets the same 3,200 peaks, trains with Adam, cross-entropy and the L2 penalty, and counts
samples a second over whole epochs after a warm-up. Where a peer can be run in several ways, each is
measured and the best is reported.
"""

import argparse
import time

import numpy as np

PEAKS, WIDTH, CLASSES = 3200, 120, 3


def arguments(**more):
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, required=True, help="over all ranks")
    parser.add_argument("--seconds", type=float, default=3.0, help="measured, for each way")
    for name, default in more.items():
        parser.add_argument("--" + name, type=type(default), default=default)
    return parser.parse_args()


def peaks():
    """x (3200, 2, 120) and y (3200): bell curves in a window, with noise."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, CLASSES, PEAKS)
    point = np.linspace(-1, 1, WIDTH)
    width = generator.uniform(0.05, 0.3, (PEAKS, 1))
    noise = generator.uniform(0, 1, (PEAKS, WIDTH)) * (0.1 + 0.4 * y[:, None])
    signal = np.exp(-((point / width) ** 2)) + noise
    x = np.zeros((PEAKS, 2, WIDTH), np.float32)
    x[:, 0] = signal / signal.max(axis=1, keepdims=True)
    x[:, 1, 40:80] = 1
    return x, y


def rate(epoch, seconds, agree=lambda going_on: going_on):
    """Samples a second of `epoch()`, which trains one epoch, repeated for `seconds`.

    `agree` makes several ranks stop in the same epoch.
    """
    epoch()
    start, count = time.perf_counter(), 0
    while True:
        epoch()
        count += PEAKS
        elapsed = time.perf_counter() - start
        if not agree(elapsed < seconds):
            return count / elapsed


def report(rates):
    """One line a way, then the best as `samples_per_second:`."""
    for way, value in rates.items():
        print(f"{way}: {value:.1f}")
    print(f"samples_per_second: {max(rates.values()):.1f}", flush=True)
