#!/usr/bin/env bash
# Whole `prepare` (tables, labels, raw files, batches.h5; from start to end of the process) beside
# NeatMS's Python extraction alone, on real raw files, in one run: the contenders take turns, round
# by round, since a shared machine's speed swings. Then one rank beside two on more files, so that
# mpirun's start does not count. Prints Markdown tables on standard output.
#
#   scripts/bench-prepare.sh [--rounds 5] [--peaks 4000] [--write]
#
# --rounds: beside NeatMS; twice as many and one for the ranks
# --peaks: about so many peaks a raw file. The real files are short: a long run is made of a real
#          file's spectra several times in a row, with the real tables' peaks as often
#          (scripts/python/bench_prepare_data.py).
# --write: also put the tables into docs/performance.md, between their markers
#
# Needs the real data ($NEATMS_SHARED or ../shared). Takes about ten minutes. Let nothing else run
# meanwhile.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/bench/machine.sh
source "$root/scripts/bench/machine.sh"

usage() { die 64 "usage: scripts/bench-prepare.sh [--rounds N] [--peaks N] [--write]"; }

main() {
  local rounds=5 peaks=4000 write=false data python tool
  take_options "rounds peaks" "$@"
  cd "$root"
  data="${NEATMS_SHARED:-../shared}/data"
  [ -d "$data/experiments" ] || die 66 "The real data is not here: $data/experiments" \
    "  Set NEATMS_SHARED to the folder that holds data/experiments."
  # shellcheck source=scripts/mpi-env.sh
  source scripts/mpi-env.sh
  tool="${NEATMS_DIST:-}"
  if [ -z "$tool" ]; then
    scripts/setup.sh
    swift build -c release --product neatms-dist >&2
    tool=.build/release/neatms-dist
  fi
  python="$(scripts/venv.sh keras2)"
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  {
    machine_line
    echo
    "$python" scripts/python/bench-prepare.py "$tool" "$data" "$rounds" "$peaks"
  } | tee "$scratch/tables"
  if "$write"; then
    "$python" scripts/python/marked.py docs/performance.md bench-prepare "$scratch/tables"
  fi
}

main "$@"
