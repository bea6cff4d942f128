# Sourced by the other scripts: where the package is, and how messages look.
# shellcheck shell=bash

# The package root, whatever folder the caller is in.
# shellcheck disable=SC2034 # used by those who source this
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Messages go to standard error, so that standard output stays free for results.
say() { printf '%s\n' "$*" >&2; }

# die CODE LINE…: each further argument is a line of its own. Codes are sysexits.
die() {
  local code="$1"
  shift
  printf '%s\n' "$@" >&2
  exit "$code"
}

# take_options "NAME…" ARGUMENT…: sets the variable of each --NAME VALUE (dashes become underscores), and
# `write` to true for --write. Anything else calls the script's `usage`.
take_options() {
  local valued=" $1 " option
  shift
  while [ $# -gt 0 ]; do
    option="${1#--}"
    case "$1" in
      --write) write=true ;;
      --*)
        [[ "$valued" == *" $option "* && $# -gt 1 ]] || usage
        printf -v "${option//-/_}" '%s' "$2"
        shift
        ;;
      *) usage ;;
    esac
    shift
  done
}

# build_unless_given PRODUCT…: sets `bin`, the folder of the built programs, unless the caller named one.
build_unless_given() {
  local product
  [ -z "$bin" ] || return 0
  "$root/scripts/setup.sh"
  for product in "$@"; do
    swift build -c release --package-path "$root" --product "$product" >&2
  done
  bin="$root/.build/release"
}

# Sets `work`, unless the caller named a folder, to one that goes away with the script.
make_work_folder_unless_given() {
  if [ -z "$work" ]; then
    work="$(mktemp -d)"
    # shellcheck disable=SC2064 # this folder, now
    trap "rm -rf '$work'" EXIT
  fi
  mkdir -p "$work"
}

# missing_packages NAME…: prints those Debian packages that are not installed.
missing_packages() {
  local installed name
  installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
  for name in "$@"; do
    case "$installed" in
      *" installed:$name "*) ;;
      *) printf '%s ' "$name" ;;
    esac
  done
}

# install_packages WHY NAME…: installs what is missing of the named Debian packages, as root or by
# sudo. Where neither is possible it names the line to run and exits 69 (EX_UNAVAILABLE).
install_packages() {
  local why="$1" missing sudo=()
  shift
  if ! command -v dpkg-query >/dev/null; then
    die 69 "This is not a Debian system, so the packages $why cannot be checked or installed." \
      "  Install the equivalents of: $*" \
      "  and set NEATMS_SKIP_SETUP=1 to go on without this check."
  fi
  missing="$(missing_packages "$@")"
  [ -n "$missing" ] || return 0
  local line="apt-get install --no-install-recommends $missing"
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      die 69 "Missing, $why: $missing" "  As root, run: $line"
    fi
    sudo=(sudo)
  fi
  say "Installing, $why: $missing"
  # shellcheck disable=SC2086 # one word a package
  if ! { "${sudo[@]}" apt-get -q update &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -q install -y --no-install-recommends $missing; } >&2 </dev/null; then
    die 69 "The packages could not be installed (see above)." "  As root, run: $line"
  fi
}
