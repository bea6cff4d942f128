#!/usr/bin/env bash
# The network's second convolution directly and in Winograd's forms, in turns: what they would gain, and how
# exact they are. Prints a Markdown table on standard output. Some seconds.
#
#   scripts/bench-winograd.sh [ROUNDS]
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/bench/machine.sh
source "$root/scripts/bench/machine.sh"

"$root/scripts/setup.sh"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
clang="$(dirname "$(readlink -f "$(command -v swift)")")/clang"
blis="$(dpkg -L libblis4-serial | grep -E '/libblis\.so\.4$')"
kernels="$root/Sources/CKernels"
vectors=(-mavx2 -mfma)
if grep -qw avx512bw /proc/cpuinfo; then vectors=(-mavx512f -mprefer-vector-width=512); fi
objects=()
for source in tiles tiles_avx512 tiles_avx2 gemm winograd; do
  "$clang" -O2 -I"$kernels/include" -c -o "$scratch/$source.o" "$kernels/$source.c"
  objects+=("$scratch/$source.o")
done
machine_line
# measure TITLE SAMPLES IN OUT
measure() {
  "$clang" -O3 "${vectors[@]}" "-DSAMPLES=$2" "-DIN=$3" "-DOUT=$4" -I"$kernels/include" \
    -o "$scratch/program" "$root/scripts/bench/winograd.c" "${objects[@]}" \
    "$blis" -lm "-Wl,-rpath,$(dirname "$blis")"
  printf '\n%s, %s samples:\n\n' "$1" "$2"
  "$scratch/program" "$rounds"
}
rounds="${1:-31}"
for samples in 16 4; do
  measure "forward" "$samples" 64 128
  measure "input gradient" "$samples" 128 64
done
