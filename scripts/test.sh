#!/usr/bin/env bash
# Sets up and passes every test. Arguments go to `swift test`:
#
#   scripts/test.sh                          everything
#   scripts/test.sh --filter ModelTests      one target
#
# Tests on real data run where NEATMS_SHARED or ../shared holds it, and say so where they are
# skipped. Exits non-zero when anything fails.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/scripts/setup.sh" --tests
# Keras 2 with NeatMS, Keras 3 and onnxruntime: what the models are opened with.
for environment in keras2 keras3 onnx; do
  "$root/scripts/venv.sh" "$environment" >/dev/null
done
# shellcheck source=scripts/mpi-env.sh
source "$root/scripts/mpi-env.sh"
# Several mpiruns at once would each pin their first rank to the first core.
export OMPI_MCA_hwloc_base_binding_policy="${OMPI_MCA_hwloc_base_binding_policy:-none}"
cd "$root"

say "Building …"
swift build -c release --build-tests >&2
# All tests use Swift Testing; without this an empty XCTest run adds "Executed 0 tests".
swift test -c release --skip-build --disable-xctest "$@"
# One target's tests are run to see about that target.
[ $# -gt 0 ] || scripts/bench-instructions.sh
