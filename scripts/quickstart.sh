#!/usr/bin/env bash
# Sets up, builds, trains on the built-in demo peaks with two MPI ranks, and evaluates the result.
# A second run builds nothing and takes as long as the training: under a minute.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/scripts/setup.sh"
# shellcheck source=scripts/mpi-env.sh
source "$root/scripts/mpi-env.sh"
cd "$root"

say "Building (the first time takes some minutes) …"
swift build -c release --product neatms-dist >&2
swift build -c release --product neatms-evaluate >&2

say "" "Training on 2 ranks:"
mpirun -n 2 .build/release/neatms-dist train \
  --epochs 20 --learning-rate 0.0003 --out quickstart-run --overwrite

say "" "Evaluating the best epoch:"
.build/release/neatms-evaluate quickstart-run/best.h5 --threshold High_quality

cat >&2 <<'NEXT'

What to do next, with labelled peaks of your own in batches.h5 (docs/formats.md):
  mpirun -n 8 .build/release/neatms-dist train --data batches.h5
  .build/release/neatms-evaluate neatms-run/best.h5 --data batches.h5 --threshold High_quality
quickstart-run/model.h5 and best.h5 are Keras models: NeatMS and Keras open them as they are.
NEXT
