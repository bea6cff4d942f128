#!/usr/bin/env bash
# The two-stage recipe of docs/transfer-learning.md on real labelled peaks: accuracy and area under the
# ROC curve on held-out peaks against the number of labelled peaks, for training from scratch, training
# the classifier only, and both stages. Prints Markdown tables.
#
#   scripts/transfer-learning.sh [--sizes 50,100,200,400] [--seeds 1,2,3] [--targets NAME,…] [--write]
#
# --targets: some of squallms, ST000081, ST001882_GT_RP_Positive, and covid_plasma, on which rates and
#            patience were chosen (default: all)
# --epochs:  at most so many (default: 400)
# --data:    folder of the labelled peaks (default: $NEATMS_SHARED or ../shared, data/labelled)
# --bin:     the folder of a built neatms-dist (default: build it)
# --work:    keep the runs there, and do not repeat those that are there already
# --json:    also write accuracies and areas under the ROC curve to this file
# --write:   also put the tables into docs/transfer-learning.md
#
# It took half an hour on two cores that were busy with other things as well.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { die 64 "$1" "usage: scripts/transfer-learning.sh [--sizes 50,100] [--seeds 1,2,3]" \
  "         [--targets NAME,…] [--epochs N] [--data DIR] [--bin DIR] [--work DIR] [--json FILE]" \
  "         [--write]"; }

parse() {
  data="${NEATMS_SHARED:-$root/../shared}/data/labelled"
  bin="" work="" passed=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --data | --bin | --work)
        [ $# -gt 1 ] || usage "$1 needs a value."
        printf -v "${1#--}" '%s' "$2"
        shift
        ;;
      --sizes | --seeds | --targets | --epochs | --json)
        [ $# -gt 1 ] || usage "$1 needs a value."
        passed+=("$1" "$2")
        shift
        ;;
      --write) passed+=(--write "$root/docs/transfer-learning.md") ;;
      *) usage "Unknown: $1" ;;
    esac
    shift
  done
}

main() {
  parse "$@"
  [ -f "$data/peakdetective.npz" ] || die 66 "$data/peakdetective.npz: no such file." \
    "  Name the folder of the labelled peaks by --data, or the one above data/labelled by" \
    "  NEATMS_SHARED."
  build_unless_given neatms-dist neatms-evaluate
  make_work_folder_unless_given
  "$("$root/scripts/venv.sh" keras2)" "$root/scripts/python/transfer-learning.py" \
    --data "$data" --bin "$bin" --work "$work" ${passed[@]+"${passed[@]}"}
}

main "$@"
