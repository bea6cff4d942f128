#!/usr/bin/env bash
# How many times faster training is with a frozen conv base than with everything trained: both take
# turns, epoch by epoch, within one run. Prints a Markdown table.
#
#   scripts/bench-freeze.sh [--seconds 20] [--bin DIR] [--write]
#
# --bin:   the folder of a built neatms-dist (default: build it)
# --write: also put the table into docs/transfer-learning.md, between its markers
#
# Let nothing else run meanwhile.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/bench/machine.sh
source "$root/scripts/bench/machine.sh"

page="$root/docs/transfer-learning.md"

usage() { die 64 "usage: scripts/bench-freeze.sh [--seconds S] [--bin DIR] [--write]"; }

parse() {
  seconds=20 bin="" write=false
  take_options "seconds bin" "$@"
}

# value NAME OUTPUT: what `bench` printed after "NAME: ".
value() { sed -n "s/^$1: //p" <<<"$2"; }

table() {
  local ranks batch output
  echo "$(machine_line)"
  echo
  echo "| ranks | batch | all trained, samples/s | conv base frozen, samples/s | ratio |" \
    "ratio without keeping its output |"
  echo "|--:|--:|--:|--:|--:|--:|"
  for ranks in 1 2; do
    for batch in 32 256; do
      output="$(mpirun -n "$ranks" "$bin/neatms-dist" bench --freeze conv-base \
        --batch-size "$batch" --seconds "$seconds" </dev/null)"
      printf '| %s | %s | %.0f | %.0f | **%s** | %s |\n' "$ranks" "$batch" \
        "$(value samples_per_second_all_trained "$output")" \
        "$(value samples_per_second "$output")" "$(value ratio "$output")" \
        "$(value ratio_not_kept "$output")"
    done
  done
}

main() {
  parse "$@"
  if [ -z "$bin" ]; then
    "$root/scripts/setup.sh"
    swift build -c release --package-path "$root" --product neatms-dist >&2
    bin="$root/.build/release"
  fi
  # shellcheck source=scripts/mpi-env.sh
  source "$root/scripts/mpi-env.sh"
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  table | tee "$scratch/table"
  if "$write"; then
    python3 "$root/scripts/python/marked.py" "$page" bench-freeze "$scratch/table"
  fi
}

main "$@"
