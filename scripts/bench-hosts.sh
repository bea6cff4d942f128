#!/usr/bin/env bash
# Training across two hosts beside PyTorch's DistributedDataParallel on the same link, in one run. The
# hosts are made on this machine: network namespaces joined by a cable whose speed is limited, one
# core each, no memory between them (scripts/bench/hosts.sh). The contenders take turns, round by
# round. Prints a Markdown table on standard output.
#
#   scripts/bench-hosts.sh [--rounds 6] [--seconds 3] [--rate 1gbit] [--batch-size 32] [--write]
#
# --seconds: of steady training measured in each round, after a warm-up
# --rate:    of the cable, as tc(8) has it, or "unlimited"
# --write:   also put the table into docs/performance.md, between its markers
#
# Needs root, iproute2 and two cores. Let nothing else run meanwhile.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=scripts/bench/machine.sh
source "$root/scripts/bench/machine.sh"
# shellcheck source=scripts/bench/hosts.sh
source "$root/scripts/bench/hosts.sh"

usage() {
  die 64 "usage: scripts/bench-hosts.sh [--rounds N] [--seconds S] [--rate RATE] [--batch-size B]" \
    "  [--write]"
}

parse() {
  rounds=6 seconds=3 rate=1gbit batch_size=32 write=false
  take_options "rounds seconds rate batch-size" "$@"
}

# ours PARALLEL WIRE: neatms-dist on both hosts.
ours() {
  mpirun_hosts "$root/.build/release/neatms-dist" bench --parallel "$1" --wire "$2" "${sizes[@]}"
}

# One rank on one of the hosts.
alone() {
  on_host 0 "$root/.build/release/neatms-dist" bench "${sizes[@]}"
}

torch_rank() {
  on_host "$1" env GLOO_SOCKET_IFNAME=eth0 "$python" scripts/python/bench-torch.py --ranks 2 \
    --rank "$1" --rendezvous "tcp://${addresses[0]}:29500" "${sizes[@]}"
}

# PyTorch, a rank on each host.
torch() {
  local other
  torch_rank 1 >/dev/null &
  other=$!
  torch_rank 0
  wait "$other"
}

# turn NAME COMMAND …: one measurement.
turn() {
  local name="$1" output value
  shift
  if ! output="$("$@" 2>"$scratch/errors" </dev/null)"; then
    die 70 "$name failed:" "$(cat "$scratch/errors")"
  fi
  value="$(sed -n 's/^samples_per_second: //p' <<<"$output" | tail -n 1)"
  [ -n "$value" ] || die 70 "$name printed no samples_per_second:" "$output"
  say "round $round of $rounds: $name $value samples/s"
  printf '%s\t%s\t%s\n' "$round" "$name" "$value" >>"$scratch/results"
}

main() {
  parse "$@"
  [ "$(id -u)" -eq 0 ] || die 77 "Making network namespaces needs root."
  cd "$root"
  scripts/setup.sh
  install_packages "for making hosts" iproute2
  swift build -c release --product neatms-dist >&2
  python="$(scripts/venv.sh torch)"
  sizes=(--batch-size "$batch_size" --seconds "$seconds")
  scratch="$(mktemp -d)"
  trap 'remove_hosts; rm -rf "$scratch"' EXIT
  # shellcheck source=scripts/mpi-env.sh
  source scripts/mpi-env.sh
  make_hosts "$rate"
  local round
  for ((round = 1; round <= rounds; round++)); do
    turn "neatms-dist, 1 rank on one host" alone
    turn "neatms-dist, 2 hosts, \`data\`" ours data fp32
    turn "neatms-dist, 2 hosts, \`sharded\`" ours sharded fp32
    turn "neatms-dist, 2 hosts, \`sharded --wire bf16\`" ours sharded bf16
    turn "PyTorch DDP (gloo), 2 hosts" torch
  done
  local arguments=("$scratch/results" "$(machine_line)" "$rate" "$batch_size")
  if "$write"; then arguments+=(docs/performance.md); fi
  python3 scripts/python/bench-hosts-report.py "${arguments[@]}"
}

main "$@"
