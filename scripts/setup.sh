#!/usr/bin/env bash
# Brings what the build needs from Debian's packages and checks the Swift toolchain.
#
#   scripts/setup.sh            what building and running need
#   scripts/setup.sh --tests    and what the tests need: Python with venv
#
# Does nothing, quickly, where nothing is missing. NEATMS_DIST_MPI=mpich takes MPICH instead of Open
# MPI; NEATMS_SKIP_SETUP=1 leaves the system alone (libraries installed by other means).
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

minimum_swift=6.0

check_swift() {
  local version
  if ! command -v swift >/dev/null; then
    die 69 "The Swift toolchain was not found: there is no 'swift' on the PATH." \
      "  Install Swift $minimum_swift or newer for Debian 12 and put its usr/bin on the PATH."
  fi
  # An executable that cannot start (a missing system library) must not look like an old version.
  if ! version="$(swift --version 2>&1)"; then
    die 69 "'swift --version' failed:" "$version"
  fi
  version="$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$version" | head -n 1)"
  if [ "$(printf '%s\n' "$minimum_swift" "${version:-0}" | sort -V | head -n 1)" \
    != "$minimum_swift" ]; then
    die 69 "Swift $minimum_swift or newer is needed; $(command -v swift) is ${version:-unknown}."
  fi
}

main() {
  local tests=false
  case "${1:-}" in
    '') ;;
    --tests) tests=true ;;
    *) die 64 "usage: scripts/setup.sh [--tests]" ;;
  esac
  if [ "${NEATMS_SKIP_SETUP:-}" != 1 ]; then
    local mpi=(libopenmpi-dev openmpi-bin)
    [ "${NEATMS_DIST_MPI:-}" = mpich ] && mpi=(libmpich-dev mpich)
    # git: swift fetches the package's dependency with it. g++: its linker and C++ runtime.
    install_packages "needed to build" \
      "${mpi[@]}" libhdf5-dev libblis-serial-dev libxml2-dev zlib1g-dev \
      libdeflate-dev pkg-config g++ git ca-certificates
    if "$tests"; then
      install_packages "needed by the tests" python3 python3-venv
    fi
  fi
  check_swift
}

main "$@"
