#!/usr/bin/env bash
# Trains on real peaks, labelled by people, with neatms-dist under mpirun and with real Keras 2.15, on
# the same splits with the same settings, and prints a Markdown table of both and whether they can
# be told apart. Exits 1 when they can.
#
#   scripts/real-peaks.sh [--epochs 120] [--seeds 1,2,3] [--repeats 1] [--ranks 2] [--write]
#
# --seeds:   of the splits; the first training of a split has the same seed
# --repeats: trainings a split, with other seeds, to show the spread
# --ranks:   of ours
# --data:    the labelled peaks (default: $NEATMS_SHARED or ../shared, data/labelled/peakdetective.npz)
# --bin:     the folder of a built neatms-dist (default: build it)
# --work:    keep the runs there, and do not repeat those that are there already
# --json:    also write the comparison to this file
# --write:   also put the table into docs/real-peaks.md
#
# With the defaults it takes about ten minutes on two idle cores.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { die 64 "$1" "usage: scripts/real-peaks.sh [--epochs N] [--seeds 1,2,3] [--repeats N]" \
  "         [--ranks N] [--data FILE.npz] [--bin DIR] [--work DIR] [--json FILE] [--write]"; }

parse() {
  data="${NEATMS_SHARED:-$root/../shared}/data/labelled/peakdetective.npz"
  bin="" work="" passed=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --data | --bin | --work)
        [ $# -gt 1 ] || usage "$1 needs a value."
        printf -v "${1#--}" '%s' "$2"
        shift
        ;;
      --epochs | --seeds | --repeats | --ranks | --json)
        [ $# -gt 1 ] || usage "$1 needs a value."
        passed+=("$1" "$2")
        shift
        ;;
      --write) passed+=(--write "$root/docs/real-peaks.md") ;;
      *) usage "Unknown: $1" ;;
    esac
    shift
  done
}

prepare() {
  build_unless_given neatms-dist neatms-evaluate
  make_work_folder_unless_given
  # shellcheck source=scripts/mpi-env.sh
  source "$root/scripts/mpi-env.sh"
  # Several mpiruns at once would each pin their first rank to the first core.
  export OMPI_MCA_hwloc_base_binding_policy="${OMPI_MCA_hwloc_base_binding_policy:-none}"
}

main() {
  parse "$@"
  [ -f "$data" ] || die 66 "$data: no such file." \
    "  Name the labelled peaks by --data, or the folder that holds data/labelled by NEATMS_SHARED."
  prepare
  "$("$root/scripts/venv.sh" keras2)" "$root/scripts/python/real-peaks.py" \
    --data "$data" --bin "$bin" --work "$work" ${passed[@]+"${passed[@]}"}
}

main "$@"
