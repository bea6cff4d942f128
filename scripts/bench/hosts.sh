# Two hosts on one machine, for measuring what a network does to training: network namespaces joined
# by a cable (a veth pair) whose speed is limited, each with a name, a core and a /dev/shm of its own,
# so that nothing but the cable joins them. Sourced; needs root.
# shellcheck shell=bash

hosts=(nd-a nd-b)
addresses=(10.77.1.1 10.77.1.2)
cores=(0 1)

# make_hosts RATE: RATE as tc has it (1gbit), or "unlimited".
make_hosts() {
  local i
  remove_hosts
  ip netns add "${hosts[0]}"
  ip netns add "${hosts[1]}"
  ip link add eth0 netns "${hosts[0]}" type veth peer name eth0 netns "${hosts[1]}"
  for i in 0 1; do
    ip -n "${hosts[i]}" address add "${addresses[i]}/24" dev eth0
    ip -n "${hosts[i]}" link set lo up
    ip -n "${hosts[i]}" link set eth0 up
    if [ "$1" != unlimited ]; then
      # A burst of one large segment: less would limit the rate by itself, more would let what was not sent
      # during computing go at once.
      tc -n "${hosts[i]}" qdisc add dev eth0 root tbf rate "$1" burst 64kb latency 20ms
    fi
  done
}

remove_hosts() {
  local host
  for host in "${hosts[@]}"; do
    ip netns delete "$host" 2>/dev/null || true
  done
}

# on_host INDEX COMMAND …: runs a command as if on that host.
on_host() {
  local i="$1"
  shift
  ip netns exec "${hosts[i]}" taskset -c "${cores[i]}" unshare --uts --ipc --mount \
    sh -c 'hostname "$1" && mount -t tmpfs none /dev/shm && shift && exec "$@"' \
    sh "${hosts[i]}" "$@"
}

# mpirun_hosts COMMAND …: one rank on each host, over TCP.
mpirun_hosts() {
  local network=10.77.1.0/24
  on_host 0 mpirun -n 2 --host "${addresses[0]}:1,${addresses[1]}:1" --map-by node --bind-to none \
    --mca plm_rsh_agent "$root/scripts/bench/host-agent.sh" \
    --mca oob_tcp_if_include "$network" \
    --mca pml ob1 --mca btl self,tcp --mca btl_tcp_if_include "$network" "$@"
}
