#!/usr/bin/env bash
# Compares Debian's OpenBLAS and BLIS (the serial builds) on this network's matrix products, and on
# processors with AVX2 or AVX-512 this package's own tiles too, and prints a Markdown table of GFLOP/s on standard
# output. Installs what is missing. About a minute.
#
#   scripts/bench-blas.sh [ROUNDS]
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/bench/machine.sh
source "$root/scripts/bench/machine.sh"

install_packages "compared by this script" libblis4-serial libopenblas0-serial gcc libc6-dev

# library PACKAGE NAME: the file of that name in the package, wherever the system's default points.
library() {
  dpkg -L "$1" | grep -E "/$2\$" || die 66 "$1 holds no $2."
}

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
program="$scratch/blas"
gcc -O2 -std=gnu11 -Wall -Wextra -o "$program" "$root/scripts/bench/blas.c" -ldl -lm

blis="$(library libblis4-serial 'libblis\.so\.4')"
tiles=()
if grep -qw avx2 /proc/cpuinfo; then
  # By the compiler that builds the package.
  "$(dirname "$(readlink -f "$(command -v swift)")")/clang" -O2 -I"$root/Sources/CKernels/include" \
    -shared -fPIC -o "$scratch/tiles.so" \
    "$root/scripts/bench/tiles.c" "$root"/Sources/CKernels/tiles_*.c "$blis" "-Wl,-rpath,$(dirname "$blis")"
  tiles=("tiles=$scratch/tiles.so")
fi

machine_line
printf 'One thread; medians of %s rounds in which the libraries take turns; GFLOP/s.\n\n' "${1:-9}"
# Some machines force an older kernel for old OpenBLAS builds; here it is to choose by itself.
env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS=1 BLIS_NUM_THREADS=1 \
  "$program" "${1:-9}" \
  "OpenBLAS=$(library libopenblas0-serial 'libopenblas-r[0-9.]*\.so')" \
  "BLIS=$blis" "${tiles[@]}"
