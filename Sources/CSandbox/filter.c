// The system calls that reading a file needs, as a program for the kernel's filter
// (Documentation/userspace-api/seccomp_filter.rst).
#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define CSANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CSANDBOX_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef CSANDBOX_ARCH

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// The low half of an argument: both processors are little-endian.
#define LOAD_ARGUMENT(n) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n))
#define LOAD_ARGUMENT_HIGH(n) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (n) + 4)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define DENY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

// Allows a system call whatever its arguments.
#define CALL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), ALLOW
// Allows it where argument `n` has none of these bits.
#define CALL_WITHOUT(name, n, bits) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 4), LOAD_ARGUMENT(n), \
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 1, 0), ALLOW, DENY
// Allows it where argument 0 is this number.
#define CALL_ON(name, value) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 6), LOAD_ARGUMENT_HIGH(0), \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3), LOAD_ARGUMENT(0), \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), ALLOW, DENY

#define WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

int csandbox_filter(int keep) {
  struct sock_filter program[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CSANDBOX_ARCH, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
    LOAD(nr),
#ifdef __x86_64__
    CALL_WITHOUT(open, 1, WRITING),
    CALL(stat),
    CALL(lstat),
    CALL(access),
    CALL(readlink),
#endif
    CALL_WITHOUT(openat, 2, WRITING),
    CALL(read),
    CALL(pread64),
    CALL(readv),
    CALL(preadv),
    CALL(lseek),
    CALL(close),
    CALL(fstat),
    CALL(newfstatat),
#ifdef SYS_statx
    CALL(statx),
#endif
    CALL(faccessat),
    CALL(readlinkat),
    CALL(getcwd),
    CALL_ON(write, (unsigned)keep),
    CALL_ON(writev, (unsigned)keep),
    CALL_WITHOUT(mmap, 2, PROT_EXEC),
    CALL_WITHOUT(mprotect, 2, PROT_EXEC),
    CALL(munmap),
    CALL(mremap),
    CALL(madvise),
    CALL(brk),
    CALL(futex),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(getrandom),
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(gettimeofday),
    CALL(uname),
    CALL(sysinfo),
    CALL(getpid),
    CALL(gettid),
    CALL(getuid),
    CALL(geteuid),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigaltstack),
    CALL_ON(tgkill, (unsigned)getpid()),
    CALL(restart_syscall),
    CALL(exit),
    CALL(exit_group),
    DENY,
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#else

int csandbox_filter(int keep) {
  (void)keep;
  return 0;
}

#endif
