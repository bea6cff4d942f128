#!/usr/bin/env bash
# Counts the instructions of one training step with callgrind and compares them with what is committed
# in Benchmarks/step-instructions.tsv: unlike seconds, they are the same on a busy machine.
#
#   scripts/bench-instructions.sh            exit code 1 where a step takes more than 2 % more
#   scripts/bench-instructions.sh --write    put the counts of this build into the file
#
# Needs a release build (scripts/test.sh makes one). Valgrind shows every program a processor with AVX2
# and no AVX-512, and BLIS is told to take its kernels for that, so that the counts do not depend on
# the machine, as long as it has AVX2 (the tiles for AVX-512 are not counted: BenchTests compares their time with
# BLIS's). The difference between two runs leaves out the start.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

table=Benchmarks/step-instructions.tsv
tolerance=2 # percent
more_steps=1

# count MODE BATCH STEPS: all instructions of a run.
count() {
  local output
  # BLIS numbers its kernels; 3 is Haswell's, of AVX2.
  if ! output="$(BLIS_ARCH_TYPE=3 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    "$scratch/neatms-dist" bench --parallel "$1" --batch-size "$2" --steps "$3" 2>&1)"; then
    die 70 "callgrind failed:" "$output"
  fi
  sed -n 's/.*Collected : \([0-9]*\).*/\1/p' <<<"$output" | grep . ||
    die 70 "callgrind counted nothing:" "$output"
}

# step MODE BATCH: the instructions of one step.
step() {
  local few many
  few="$(count "$1" "$2" 1)"
  many="$(count "$1" "$2" $((1 + more_steps)))"
  echo $(((many - few) / more_steps))
}

main() {
  local write=false mode batch expected found failed=0
  case "${1:-}" in
    '') ;;
    --write) write=true ;;
    *) die 64 "usage: scripts/bench-instructions.sh [--write]" ;;
  esac
  cd "$root"
  install_packages "for counting instructions" valgrind binutils
  grep -qw avx2 /proc/cpuinfo || {
    say "The instructions of a step were not counted: this processor has no AVX2."
    return 0
  }
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  # shellcheck source=scripts/mpi-env.sh
  source scripts/mpi-env.sh
  # Debian 12's valgrind does not understand Swift's debugging information.
  objcopy --strip-debug .build/release/neatms-dist "$scratch/neatms-dist"
  {
    echo "# Instructions of one training step on one rank: scripts/bench-instructions.sh --write"
    printf 'mode\tbatch\tinstructions\n'
    while IFS=$'\t' read -r mode batch expected; do
      case "$mode" in '#'* | mode) continue ;; esac
      found="$(step "$mode" "$batch")"
      printf '%s\t%s\t%s\n' "$mode" "$batch" "$found"
      if "$write"; then continue; fi
      if [ $((found * 100)) -gt $((expected * (100 + tolerance))) ]; then
        failed=1
      fi
      say "A step of $batch peaks, $mode, takes $found instructions; $expected are committed."
    done <"$table"
  } >"$scratch/found"
  if "$write"; then
    cp "$scratch/found" "$table"
  elif [ "$failed" -ne 0 ]; then
    die 1 "A training step takes over $tolerance % more instructions than $table says." \
      "  If that is meant, run scripts/bench-instructions.sh --write and commit the file."
  fi
}

main "$@"
