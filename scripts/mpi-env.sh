# Sourced before mpirun: settings without which Open MPI 4 refuses or misbehaves on small machines
# and in containers. On a cluster none of it is needed. What the caller has set is left alone.
# shellcheck shell=bash

# As root mpirun refuses to run, to protect real machines from a job's mistakes. In a container root
# is often the only user there is.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT="${OMPI_ALLOW_RUN_AS_ROOT:-1}"
  export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM:-1}"
fi

# More ranks than cores ("slots") are refused too; the tests run 8 ranks on 2 cores.
export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"

# Messages between ranks of one machine are copied by the kernel straight from one process to the
# other (CMA, process_vm_readv). A container's system call filter or Yama's ptrace_scope may forbid
# that; Open MPI then prints "Read -1, expected N, errno = 1" and may hang. "none" copies twice
# through shared memory instead.
_neatms_cma_permitted() {
  local scope=0
  [ -r /proc/sys/kernel/yama/ptrace_scope ] && read -r scope </proc/sys/kernel/yama/ptrace_scope
  # As root 1 ("only children") does not apply; 2 and 3 need more than a container grants.
  [ "$scope" -eq 0 ] || { [ "$scope" -eq 1 ] && [ "$(id -u)" -eq 0 ]; } || return 1
  ! grep -qs '^Seccomp:[[:space:]]*2' /proc/self/status
}
if ! _neatms_cma_permitted; then
  export OMPI_MCA_btl_vader_single_copy_mechanism="${OMPI_MCA_btl_vader_single_copy_mechanism:-none}"
fi

# Shared memory is files in /dev/shm. Containers often give it 64 MB; writing past that kills the
# rank with a bus error. Files in the temporary folder do the same job (they are mapped, so they
# stay in memory), at the price of write-back.
_neatms_scratch="${TMPDIR:-/tmp}"
_neatms_shm_free="$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1 | tr -d ' ')"
if [ "${_neatms_shm_free:-0}" -lt 262144 ]; then
  export OMPI_MCA_btl_vader_backing_directory="${OMPI_MCA_btl_vader_backing_directory:-$_neatms_scratch}"
  export OMPI_MCA_osc_sm_backing_directory="${OMPI_MCA_osc_sm_backing_directory:-$_neatms_scratch}"
fi

# mpirun keeps sockets in a session folder in TMPDIR, and a socket's path may have 107 bytes; the
# folder's own name takes about 50 of them.
if [ "${#_neatms_scratch}" -gt 50 ] && [ -w /tmp ]; then
  export OMPI_MCA_orte_tmpdir_base="${OMPI_MCA_orte_tmpdir_base:-/tmp}"
fi

# The session folder may also lie on a network file system, which is slow but works: no warning.
export OMPI_MCA_shmem_mmap_enable_nfs_warning="${OMPI_MCA_shmem_mmap_enable_nfs_warning:-0}"

unset -f _neatms_cma_permitted
unset _neatms_scratch _neatms_shm_free
