#!/usr/bin/env bash
# Makes a Python environment for tests, fixtures and benchmarks, and prints its python's path.
#
#   python="$(scripts/venv.sh keras2)"    TensorFlow 2.15.1's Keras and NeatMS 0.9
#   python="$(scripts/venv.sh keras3)"    Keras 3 on JAX
#   python="$(scripts/venv.sh torch)"     PyTorch
#   python="$(scripts/venv.sh numpress)"  the reference implementation of MS-Numpress
#   python="$(scripts/venv.sh keras231)"  Keras 2.3.1 on TensorFlow 2.2; needs a Python 3.8 or 3.7
#   python="$(scripts/venv.sh tfkeras)"   tf-keras beside TensorFlow 2.18
#   python="$(scripts/venv.sh onnx)"      ONNX's checker and onnxruntime
#
# Versions are pinned in scripts/python/requirements-NAME.txt; the environment is `.venv-NAME` in the
# package root and is made again only when the pins change. Callers at the same time wait for each
# other. Standard output is the path, all else goes to standard error.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The pythons that the pinned versions have wheels for, best first.
versions_for() {
  case "$1" in
    keras2) echo 3.11 3.10 3.9 ;;
    keras3 | torch | numpress) echo 3.11 3.12 3.13 ;;
    tfkeras | onnx) echo 3.11 3.12 ;;
    keras231) echo 3.8 3.7 ;;
  esac
}

# find_python VERSION…: the first python of one of these versions that can make environments, on the
# path or where pyenv keeps them.
find_python() {
  local version candidate pyenv="${PYENV_ROOT:-$HOME/.pyenv}/versions"
  for version in "$@"; do
    for candidate in "python$version" "/usr/bin/python$version" python3 \
      "$pyenv/$version".*/bin/python; do
      if "$candidate" - "$version" >/dev/null 2>&1 <<'PYTHON'; then
import ensurepip, sys, venv
sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])
PYTHON
        command -v "$candidate"
        return
      fi
    done
  done
  return 1
}

require_python() {
  local name="$1"
  # shellcheck disable=SC2046 # one word a version
  find_python $(versions_for "$name") && return
  if [ "$name" = keras231 ]; then
    die 69 "Keras 2.3.1 needs Python 3.8 or 3.7, which this system does not have." \
      "  pyenv install 3.8 makes one; scripts/keras-matrix.sh goes on without it."
  fi
  "$root/scripts/setup.sh" --tests
  # shellcheck disable=SC2046
  find_python $(versions_for "$name") && return
  die 69 "No Python with venv for the $name environment: it needs one of $(versions_for "$name")." \
    "  On Debian 12, as root, run: apt-get install python3 python3-venv"
}

fingerprint() { sha256sum <"$requirements" | cut -d ' ' -f 1; }

# Chained, since `set -e` is off in a function called before `||`.
build() {
  local interpreter alone=()
  interpreter="$(require_python "$name")" || return
  say "Making $folder with $interpreter; this takes some minutes."
  # Lines marked so are installed without what they ask for: their own pins are older than ours.
  mapfile -t alone < <(sed -n 's/^# no-deps: //p' "$requirements")
  rm -rf "$folder" &&
    "$interpreter" -m venv "$folder" &&
    "$folder/bin/python" -m pip install --quiet --requirement "$requirements" &&
    { [ ${#alone[@]} -eq 0 ] ||
      "$folder/bin/python" -m pip install --quiet --no-deps "${alone[@]}"; } &&
    fingerprint >"$stamp"
}

main() {
  name="${1:-}"
  requirements="$root/scripts/python/requirements-$name.txt"
  folder="$root/.venv-$name"
  stamp="$folder/requirements.sha256"
  if [ $# -ne 1 ] || [ -z "$(versions_for "$name")" ]; then
    die 64 "usage: scripts/venv.sh keras2|keras3|torch|numpress|keras231|tfkeras|onnx"
  fi
  # The lock is on the pins themselves: no lock file to leave behind.
  exec 9<"$requirements"
  if ! flock --nonblock 9; then
    say "Another process is making $folder; waiting for it."
    flock 9
  fi
  if [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint)" ]; then
    build >&2 || die 69 "$folder could not be made (see above)." \
      "  Delete it and try again; the versions are pinned in $requirements."
  fi
  printf '%s\n' "$folder/bin/python"
}

main "$@"
