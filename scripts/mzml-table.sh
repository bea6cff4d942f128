#!/usr/bin/env bash
# What `neatms-dist inspect` and real pymzML get from raw files, side by side.
#
#   scripts/mzml-table.sh [FILE…]
#
# Without files: every mzML of the shared data ($NEATMS_SHARED or ../shared, folders data/mzml and
# data/mzml-variants). pymzML is asked as NeatMS 0.9 asks it, in the same run; .gz files are unpacked
# for it. Prints a line a file and ends with 1 where both read a file and differ: in the number of
# spectra, points, or times, or in a sum by more than rounding.
# NEATMS_DIST is the tool, by default .build/release/neatms-dist.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

tool="${NEATMS_DIST:-.build/release/neatms-dist}"
[ -x "$tool" ] || die 66 "$tool is not there. Build it: swift build -c release --product neatms-dist"
if [ $# -eq 0 ]; then
  data="${NEATMS_SHARED:-../shared}/data"
  shopt -s nullglob nocaseglob
  set -- "$data"/mzml/*.mzml "$data"/mzml/*.mzml.gz "$data"/mzml-variants/*.mzml
  [ $# -gt 0 ] || die 66 "No raw files in $data/mzml: name some, or set NEATMS_SHARED."
fi
python="$(scripts/venv.sh keras2)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# A file that cannot be read has its line too; the exit code then says so.
"$tool" inspect --quiet "$@" >"$work/ours.tsv" 2>"$work/log" || [ -s "$work/ours.tsv" ]
"$python" scripts/python/mzml-table.py table "$@" >"$work/theirs.tsv"
"$python" scripts/python/mzml-table.py compare "$work/ours.tsv" "$work/theirs.tsv"
