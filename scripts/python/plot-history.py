"""Draws a run's learning curve as SVG: loss and accuracy on the train and test sets, epoch by epoch.

    "$(scripts/venv.sh keras2)" scripts/python/plot-history.py neatms-run/history.csv curve.svg

`history.csv` is that of `neatms-dist train`, or of Keras's CSVLogger. The best epoch is that with the
lowest val_loss. The same history gives the same bytes.
"""

import argparse

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator

TRAIN, TEST, MARK = "#1f6f8b", "#d1495b", "#666666"


def style():
    plt.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "neatms-dist",
            "font.family": "sans-serif",
            # Laid out with matplotlib's own font; a viewer without it takes its sans-serif.
            "font.sans-serif": ["DejaVu Sans"],
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#999999",
            "axes.grid": True,
            "grid.color": "#e6e6e6",
            "figure.facecolor": "white",
        }
    )


def draw(axes, history, column, best, place):
    axes.plot(history["epoch"], history[column], color=TRAIN, linewidth=1.5, label=column)
    name = f"val_{column}"
    axes.plot(history["epoch"], history[name], color=TEST, linewidth=1.5, label=name)
    axes.axvline(best["epoch"], color=MARK, linewidth=1, linestyle=(0, (3, 3)), zorder=0)
    axes.plot(
        best["epoch"],
        best[name],
        "o",
        color=TEST,
        markeredgecolor="white",
        label=f"best epoch ({best['epoch']:.0f}): {best[name]:.3f}",
    )
    axes.set_xlabel("epoch")
    axes.set_title(column, loc="left", fontsize=11)
    axes.set_xlim(0, history["epoch"].max())
    axes.margins(x=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc=place, framealpha=1, edgecolor="white", fontsize=9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("history", metavar="HISTORY.csv")
    parser.add_argument("output", metavar="OUT.svg")
    options = parser.parse_args()
    history = pd.read_csv(options.history)
    best = history.loc[history["val_loss"].idxmin()]
    style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    draw(left, history, "loss", best, "upper right")
    draw(right, history, "accuracy", best, "lower right")
    figure.savefig(options.output, format="svg", metadata={"Date": None, "Creator": None})


main()
