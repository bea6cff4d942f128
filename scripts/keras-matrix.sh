#!/usr/bin/env bash
# Shows which Keras opens whose models: every writer's files, in every format, in every reader, with
# predictions compared. Prints a Markdown table; exits 1 where predictions differ by more than 1e-5,
# or where a file cannot be read and no reason for it is known.
#
#   scripts/keras-matrix.sh [--bin DIR] [--work DIR] [--write]
#
# --bin:   the folder of a built neatms-dist and matrix-suite (default: build them)
# --work:  keep the files there
# --write: also put the table into docs/models.md
#
# It makes its environments (scripts/venv.sh), which takes some minutes and 6 GB the first time. Keras
# 2.3.1 needs a Python 3.8 or 3.7; where there is none, its row and column are left out, and that is
# said.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { die 64 "$1" "usage: scripts/keras-matrix.sh [--bin DIR] [--work DIR] [--write]"; }

parse() {
  bin="" work="" report=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --bin | --work)
        [ $# -gt 1 ] || usage "$1 needs a value."
        printf -v "${1#--}" '%s' "$2"
        shift
        ;;
      --write) report=(--write "$root/docs/models.md") ;;
      *) usage "Unknown: $1" ;;
    esac
    shift
  done
}

# The environment of each Keras.
environments() {
  keras=(keras231 keras2 tfkeras keras38 keras3)
  declare -gA python=()
  local name
  for name in "${keras[@]}"; do
    case "$name" in
      keras231)
        python[$name]="$("$root/scripts/venv.sh" keras231)" || {
          say "Going on without Keras 2.3.1."
          unset "python[$name]"
        }
        ;;
      keras38) python[$name]="${python[tfkeras]}" ;; # beside TensorFlow 2.18
      *) python[$name]="$("$root/scripts/venv.sh" "$name")" ;;
    esac
  done
}

# part NAME COMMAND: what a Keras prints last is its result.
part() {
  say "$2: $1"
  CUDA_VISIBLE_DEVICES="" "${python[$1]}" "$root/scripts/python/keras-matrix.py" "$2" "$1" "$work" \
    2>"$work/$1.$2.log" | tail -n 1 >"$work/$1.$2.json" ||
    die 1 "$1 cannot $2:" "$(tail -n 20 "$work/$1.$2.log")"
}

ending() { if [ "$1" = weights ]; then echo weights.h5; else echo "$1"; fi; }

# Ours are made of Keras 2.15's whole model.
write_ours() {
  cp "$work/keras2.npy" "$work/ours.npy"
  local format
  for format in h5 keras weights; do
    "$bin/neatms-dist" export "$work/keras2.h5" --to "$format" --overwrite --quiet \
      --out "$work/ours.$(ending "$format")"
  done
}

read_ours() {
  say "read: ours"
  local file arguments=()
  for file in "$work"/*.h5 "$work"/*.keras; do arguments+=("$file" "$file.bin"); done
  "$bin/matrix-suite" "$work/peaks.bin" "${arguments[@]}" >"$work/ours.read.txt"
}

main() {
  parse "$@"
  build_unless_given neatms-dist matrix-suite
  make_work_folder_unless_given
  environments
  local name
  rm -f "$work"/*.h5 "$work"/*.keras "$work"/*.bin "$work"/*.json
  for name in "${keras[@]}"; do [ -z "${python[$name]:-}" ] || part "$name" write; done
  write_ours
  for name in "${keras[@]}"; do [ -z "${python[$name]:-}" ] || part "$name" read; done
  read_ours
  "${python[keras2]}" "$root/scripts/python/keras-matrix-report.py" "$work" \
    "$("$bin/neatms-dist" --version)" "${report[@]}"
}

main "$@"
