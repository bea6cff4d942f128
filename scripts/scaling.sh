#!/usr/bin/env bash
# What `neatms-dist plan` foretells, and how far it is off where that can be checked: two ranks of this
# machine, and two hosts made on it (scripts/bench/hosts.sh) with a cable of 1 Gbit/s and one without
# a limit. Prints Markdown on standard output.
#
#   scripts/scaling.sh [--seconds 6] [--write]
#
# --seconds: of measuring steps, for each of the three
# --write:   also put it into docs/scaling.md, between its markers
#
# Needs root, iproute2 and two cores. Let nothing else run meanwhile.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/bench/machine.sh
source "$root/scripts/bench/machine.sh"
# shellcheck source=scripts/bench/hosts.sh
source "$root/scripts/bench/hosts.sh"

usage() { die 64 "usage: scripts/scaling.sh [--seconds S] [--write]"; }

section() {
  printf '\n%s\n\n```\n' "$1"
  shift
  "$@" --quiet --seconds "$seconds" </dev/null
  printf '```\n'
}

measure() {
  local tool="$root/.build/release/neatms-dist"
  machine_line
  # Otherwise a sharded step goes through memory on one host, and the model is of messages.
  section "Two ranks of this machine, by messages (\`NEATMS_EXCHANGE_MESSAGES=1\`):" \
    env NEATMS_EXCHANGE_MESSAGES=1 mpirun -n 2 "$tool" plan
  make_hosts unlimited
  section "Two hosts, a core each, the cable without a limit:" mpirun_hosts "$tool" plan
  make_hosts 1gbit
  section "The same with 1 Gbit/s:" mpirun_hosts "$tool" plan
}

main() {
  seconds=6
  local write=false
  take_options "seconds" "$@"
  [ "$(id -u)" -eq 0 ] || die 77 "Making network namespaces needs root."
  cd "$root"
  scripts/setup.sh
  install_packages "for making hosts" iproute2
  swift build -c release --product neatms-dist >&2
  scratch="$(mktemp -d)"
  trap 'remove_hosts; rm -rf "$scratch"' EXIT
  # shellcheck source=scripts/mpi-env.sh
  source scripts/mpi-env.sh
  measure | tee "$scratch/text"
  if "$write"; then
    python3 scripts/python/marked.py docs/scaling.md scaling "$scratch/text"
  fi
}

main "$@"
