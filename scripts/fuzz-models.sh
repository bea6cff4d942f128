#!/usr/bin/env bash
# Reads damaged model files, and damaged batches files, by the thousand, as the tools read theirs.
#
#   scripts/fuzz-models.sh [COUNT [SEED]]          default 10000 1
#
# The files are a network that Keras 2.3.1 wrote (46 kB, with the optimizer's state) and what `export`
# makes of it, as .h5 and as .keras. Prints how many ended how, and each crash of a child, with the
# seed; ends with 1 when one took two seconds of processor time, or ended otherwise than with a model
# or a message. Of batches files it reads a fiftieth of COUNT.
# NEATMS_BUILD is the folder of the programs, by default .build/release.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

count="${1:-10000}"
seed="${2:-1}"
build="${NEATMS_BUILD:-.build/release}"
for tool in neatms-dist model-reader-suite; do
  [ -x "$build/$tool" ] || die 66 "$build/$tool is not there. Build it: swift build -c release"
done
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# Where its damaged copies go.
export TMPDIR="$work"

cp Tests/KerasFileTests/Fixtures/keras-2.3.1.h5 "$work/keras.h5"
"$build/neatms-dist" export "$work/keras.h5" --to h5 --out "$work/ours.h5" --quiet
"$build/neatms-dist" export "$work/keras.h5" --to keras --out "$work/ours.keras" --quiet
"$build/neatms-dist" demo --out "$work/peaks.h5" --peaks 60 --matrix-size 16 --quiet

status=0
say "$count damaged models, seed $seed"
"$build/model-reader-suite" fuzz "$count" "$seed" "$work"/{keras.h5,ours.h5,ours.keras} || status=1
say "$((count / 50)) damaged batches files, seed $seed"
"$build/model-reader-suite" batches "$((count / 50))" "$seed" "$work/peaks.h5" || status=1
exit "$status"
