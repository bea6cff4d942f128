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
"$clang" -O2 -I"$kernels/include" -c -o "$scratch/tiles.o" "$kernels/tiles.c"
"$clang" -O2 -I"$kernels/include" -c -o "$scratch/gemm.o" "$kernels/gemm.c"
"$clang" -O3 "${vectors[@]}" -I"$kernels/include" -o "$scratch/winograd" \
  "$root/scripts/bench/winograd.c" "$scratch/tiles.o" "$scratch/gemm.o" "$blis" -lm \
  "-Wl,-rpath,$(dirname "$blis")"
machine_line
echo
"$scratch/winograd" "${1:-31}"
