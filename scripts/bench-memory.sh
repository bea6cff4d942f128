#!/usr/bin/env bash
# How much memory a training of many peaks takes over all its ranks, and how soon it starts.
#
#   scripts/bench-memory.sh [PEAKS [RANKS]]        default 1000000 8
#
# Writes a simulated batches.h5 of that many peaks in a temporary folder (about 1 kB a peak), trains
# on it for 20 seconds, and adds up the ranks' PSS (memory with shared pages counted once over all).
set -euo pipefail
cd "$(dirname "$0")/.."
peaks="${1:-1000000}"
ranks="${2:-8}"
# shellcheck source=scripts/mpi-env.sh
. scripts/mpi-env.sh
tool="${NEATMS_DIST:-.build/release/neatms-dist}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

"$tool" demo --out "$work/peaks.h5" --peaks "$peaks"
sync
mpirun -n "$ranks" "$tool" train --data "$work/peaks.h5" --out "$work/run" 2>"$work/log" &
job=$!
sleep 20

total=0
largest=0
for pid in $(pgrep -f "^$tool train --data $work/peaks.h5"); do
  pss="$(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup")"
  total=$((total + pss))
  [ "$pss" -gt "$largest" ] && largest="$pss"
done
kill -USR1 "$job"
wait "$job" || true
first="$(sed -n 's/.*"secondsToFirstStep" : \([0-9.]*\).*/\1/p' "$work/run/run.json")"
printf '%s peaks (%s MB) on %s ranks: %s MB in all, first step after %.1f s\n' \
  "$peaks" "$(($(stat -c %s "$work/peaks.h5") / 1000000))" "$ranks" "$((total / 1000))" "$first"
