// Processes, descriptors and limits.
#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int csandbox_fork(void) { return fork(); }

int csandbox_pipe(int *read_end, int *write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  *read_end = ends[0];
  *write_end = ends[1];
  return 0;
}

void csandbox_close_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  // Kernels before 5.9.
  struct rlimit limit;
  int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536
    ? (int)limit.rlim_cur : 65536;
  for (int descriptor = first; descriptor < end; descriptor++) close(descriptor);
}

static const int parents_signals[] = {
  SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP, SIGPIPE};
enum { PARENTS_SIGNALS = sizeof parents_signals / sizeof *parents_signals };

void csandbox_parents_signals(sigset_t *set) {
  sigemptyset(set);
  for (int i = 0; i < PARENTS_SIGNALS; i++) sigaddset(set, parents_signals[i]);
}

void csandbox_follow_parent(void) {
  for (int i = 0; i < PARENTS_SIGNALS; i++) signal(parents_signals[i], SIG_IGN);
  sigset_t set;
  csandbox_parents_signals(&set);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

// Bytes of address space in use.
static uint64_t address_space(void) {
  unsigned long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file) {
    if (fscanf(file, "%llu", &pages) != 1) pages = 0;
    fclose(file);
  }
  // Without /proc: what the libraries are mapped to, generously.
  return pages ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 1u << 30;
}

static int lower(int resource, rlim_t soft, rlim_t hard) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return errno;
  if (hard < limit.rlim_max) limit.rlim_max = hard;
  limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
  return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

int csandbox_confine(int keep, uint64_t bytes, unsigned seconds) {
  uint64_t space = address_space() + bytes;
  int code = lower(RLIMIT_CORE, 0, 0);
  if (!code) code = lower(RLIMIT_FSIZE, 0, 0);
  if (!code) code = lower(RLIMIT_NPROC, 0, 0);
  if (!code) code = lower(RLIMIT_NOFILE, 32, 32);
  if (!code) code = lower(RLIMIT_CPU, seconds, seconds + 1);
  if (!code) code = lower(RLIMIT_AS, space, space);
  if (code) return code;
  // Core dumps that go to a program are not held back by the limit, but by this.
  prctl(PR_SET_DUMPABLE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  csandbox_filter(keep);
  return 0;
}
