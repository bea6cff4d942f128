#!/usr/bin/env bash
# Training speed beside its peers, Keras 2.15 and PyTorch, in one run: the contenders take turns,
# round by round, since a shared machine's speed swings by a factor of two between minutes. Prints a
# Markdown table on standard output. Sets its peers up by itself.
#
#   scripts/bench.sh [--rounds 6] [--seconds 3] [--only PATTERN] [--write]
#
# --seconds: of steady training measured in each round, after a warm-up
# --only:    contenders whose name matches the extended regular expression, such as '^sharded|keras-2'
# --write:   also put the table into docs/performance.md, between its markers
#
# Ours takes part twice: with `--parallel data` and `--parallel sharded`. With the defaults it takes
# about twenty minutes. Let nothing else run meanwhile.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/bench/machine.sh
source "$root/scripts/bench/machine.sh"

# NAME RANKS BATCH: `keras-2-32` is Keras with 2 threads at batch 32; the others have ranks. `data`
# and `sharded` are neatms-dist.
contenders() {
  local name ranks batch
  for batch in 32 256; do
    for name in data sharded keras torch; do
      for ranks in 1 2; do
        echo "$name-$ranks-$batch $name $ranks $batch"
      done
    done
  done
}

# run NAME RANKS BATCH: prints the contender's own output.
run() {
  local python
  case "$1" in
    data | sharded)
      mpirun -n "$2" .build/release/neatms-dist bench --parallel "$1" --batch-size "$3" \
        --seconds "$seconds"
      ;;
    keras)
      python="$(scripts/venv.sh keras2)"
      "$python" scripts/python/bench-keras.py --batch-size "$3" --threads "$2" --seconds "$seconds"
      ;;
    torch)
      python="$(scripts/venv.sh torch)"
      "$python" scripts/python/bench-torch.py --batch-size "$3" --ranks "$2" --seconds "$seconds"
      ;;
  esac
}

usage() { die 64 "usage: scripts/bench.sh [--rounds N] [--seconds S] [--only PATTERN] [--write]"; }

parse() {
  rounds=6 seconds=3 only=. write=false
  take_options "rounds seconds only" "$@"
}

# What a step takes beside its matrix products alone, on one rank: measured once a round.
products() {
  local mode batch value
  for batch in 32 256; do
    for mode in data sharded; do
      if ! value="$(.build/release/neatms-dist bench --products --parallel "$mode" \
        --batch-size "$batch" --seconds "$seconds" | sed -n 's/^ratio[a-z_]*: //p' | tr '\n' '\t')"; then
        die 70 "bench --products failed."
      fi
      say "round $1 of $rounds: $mode at $batch takes ${value%%$'\t'*} times as long as its products"
      printf '%s\t%s\t%s\t%s\n' "$1" "$mode" "$batch" "${value%$'\t'}" >>"$scratch/products"
    done
  done
}

# Builds what the chosen contenders need.
prepare() {
  scripts/setup.sh --tests
  if grep -qE ' (data|sharded) ' <<<"$chosen"; then
    swift build -c release --product neatms-dist >&2
  fi
  if grep -q ' keras ' <<<"$chosen"; then scripts/venv.sh keras2 >/dev/null; fi
  if grep -q ' torch ' <<<"$chosen"; then scripts/venv.sh torch >/dev/null; fi
}

measure() {
  local round id name ranks batch output value
  for ((round = 1; round <= rounds; round++)); do
    while read -r id name ranks batch; do
      if ! output="$(run "$name" "$ranks" "$batch" 2>"$scratch/errors" </dev/null)"; then
        die 70 "$id failed:" "$(cat "$scratch/errors")"
      fi
      value="$(sed -n 's/^samples_per_second: //p' <<<"$output" | tail -n 1)"
      [ -n "$value" ] || die 70 "$id printed no samples_per_second:" "$output"
      say "round $round of $rounds: $id $value samples/s"
      printf '%s\t%s\t%s\t%s\t%s\n' "$round" "$name" "$ranks" "$batch" "$value" \
        >>"$scratch/results"
    done <<<"$chosen"
    if [ "$only" = . ]; then products "$round"; fi
  done
}

main() {
  parse "$@"
  cd "$root"
  chosen="$(contenders | grep -E -- "$only")" || die 64 "--only $only matches no contender."
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  # shellcheck source=scripts/mpi-env.sh
  source scripts/mpi-env.sh
  prepare
  : >"$scratch/products"
  measure
  machine_line >"$scratch/machine"
  local arguments=("$scratch/results" "$scratch/machine" "$scratch/products" "$seconds")
  if "$write"; then arguments+=(docs/performance.md); fi
  python3 scripts/python/bench-report.py "${arguments[@]}"
}

main "$@"
