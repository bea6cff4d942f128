#!/usr/bin/env bash
# What `train --wire bf16` costs in accuracy: trains on real peaks, labelled by people, with both numbers on
# the wire, on the same splits from the same seeds, and prints a Markdown table.
#
#   scripts/wire-accuracy.sh [--epochs 120] [--seeds "1 2 3"] [--write]
#
# --write: also put the table into docs/training.md, between its markers
#
# Needs the real data ($NEATMS_SHARED or ../shared). Takes about five minutes on two idle cores.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { die 64 'usage: scripts/wire-accuracy.sh [--epochs N] [--seeds "1 2 3"] [--write]'; }

# accuracies MODEL BATCHES: of the test and the validation set, and the mean of their losses.
accuracies() {
  "$bin/neatms-evaluate" "$1" --data "$2" --json | python3 -c '
import json, sys
found = json.load(sys.stdin)
test, validation = found["test"], found["validation"]
print(test["accuracy"], validation["accuracy"], (test["loss"] + validation["loss"]) / 2)'
}

measure() {
  local seed wire batches out
  for seed in $seeds; do
    batches="$scratch/split-$seed.h5"
    "$python" scripts/labelled-to-batches.py "$data" "$batches" --seed "$seed" >&2
    for wire in fp32 bf16; do
      out="$scratch/$wire-$seed"
      mpirun -n 2 "$bin/neatms-dist" train --data "$batches" --seed "$seed" --epochs "$epochs" \
        --learning-rate 1e-4 --parallel sharded --wire "$wire" --out "$out" --quiet >&2
      echo "$seed $wire $(accuracies "$out/model.h5" "$batches")" | tee -a "$scratch/results" >&2
    done
  done
}

table() {
  python3 - "$scratch/results" "$epochs" <<'PYTHON'
import statistics, sys

rows = [line.split() for line in open(sys.argv[1])]
print("| seed | wire | test accuracy | validation accuracy | mean loss of both |")
print("|--:|---|--:|--:|--:|")
for seed, wire, *values in rows:
    print(f"| {seed} | {wire} | " + " | ".join(f"{float(value):.3f}" for value in values) + " |")
for wire in ("fp32", "bf16"):
    means = [statistics.mean(float(row[i]) for row in rows if row[1] == wire) for i in (2, 3, 4)]
    print(f"| mean | {wire} | " + " | ".join(f"**{value:.3f}**" for value in means) + " |")
print(f"\n{sys.argv[2]} epochs, batches of 32, Adam at 0.0001, 2 ranks, `--parallel sharded`.")
PYTHON
}

main() {
  epochs=120 seeds="1 2 3"
  local write=false
  take_options "epochs seeds" "$@"
  cd "$root"
  data="${NEATMS_SHARED:-../shared}/data/labelled/peakdetective.npz"
  [ -f "$data" ] || die 66 "$data: no such file." "  Set NEATMS_SHARED to the folder that holds data/labelled."
  scripts/setup.sh --tests
  swift build -c release >&2
  bin=.build/release
  python="$(scripts/venv.sh keras2)"
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  # shellcheck source=scripts/mpi-env.sh
  source scripts/mpi-env.sh
  measure
  table | tee "$scratch/table"
  if "$write"; then
    python3 scripts/python/marked.py docs/training.md wire-accuracy "$scratch/table"
  fi
}

main "$@"
