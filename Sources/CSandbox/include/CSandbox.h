// A process that gives up what reading one file does not need, before it reads it.
//
// C, because `fork` is not Swift's, and because the system call filter is made of the kernel's
// macros. Nothing here depends on what is read.
#pragma once
#include <signal.h>
#include <stdint.h>

/// fork(2): 0 in the child, its id in the parent, -1 with errno. For processes of one thread.
int csandbox_fork(void);

/// A pipe whose ends no program started meanwhile inherits. Returns 0, or -1 with errno.
int csandbox_pipe(int *read_end, int *write_end);

/// Closes every file descriptor from `first` on.
void csandbox_close_from(int first);

/// What the terminal and a launcher send to a process and its children alike. A child is to be started with
/// these blocked: it would die of one before it could ignore it.
void csandbox_parents_signals(sigset_t *set);

/// The calling process ignores what the terminal and a launcher send (Ctrl-C is for its parent),
/// also what came while it was blocked, and is killed when its parent ends.
void csandbox_follow_parent(void);

/// Limits the calling process for good: `bytes` of memory more than it has now, `seconds` of
/// processor time, no file written, no process started, no core dump, few open files, no new
/// privileges; and, where the kernel can, system calls to those of `csandbox_filter`.
///
/// `keep` is the one descriptor it may write to. Returns 0, or the errno of a limit that could not
/// be set; a kernel without system call filters is no failure.
int csandbox_confine(int keep, uint64_t bytes, unsigned seconds);

/// Lets the calling process read and seek, open files for reading, manage its own memory, write to
/// `keep`, and end. Every other system call fails with EPERM: no network, no new process or program,
/// nothing written, no memory made executable, no signal to others. Returns 1 when the filter is
/// on, 0 where the kernel has none or this processor is not known here.
int csandbox_filter(int keep);
