#!/usr/bin/env bash
# What mpirun calls in place of ssh to start its daemon on the second host of scripts/bench/hosts.sh:
#
#   host-agent.sh ADDRESS COMMAND …
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# shellcheck source=scripts/bench/hosts.sh
source "$root/scripts/bench/hosts.sh"
[ "$1" = "${addresses[1]}" ] || {
  echo "host-agent.sh: no host $1" >&2
  exit 69
}
shift
# As ssh does, the words are put together and read by a shell.
on_host 1 sh -c "$*"
