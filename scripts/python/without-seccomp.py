"""Runs a program where the kernel has no system call filters, as in some containers.

    without-seccomp.py PROGRAM [ARGUMENT…]

A filter that the program inherits refuses it a filter of its own: prctl(PR_SET_SECCOMP) fails with
EINVAL, seccomp(2) with ENOSYS.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# System call numbers of prctl and seccomp.
PRCTL, SECCOMP = {"x86_64": (157, 317), "aarch64": (167, 277)}[platform.machine()]
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
NUMBER, FIRST_ARGUMENT = 0, 16  # offsets in struct seccomp_data

steps = [
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 4, 0, SECCOMP),
    (EQUAL, 0, 4, PRCTL),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (EQUAL, 0, 2, PR_SET_SECCOMP),
    (RETURN, 0, 0, FAIL | errno.EINVAL),
    (RETURN, 0, 0, FAIL | errno.ENOSYS),
    (RETURN, 0, 0, ALLOW),
]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))


class Filter(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
filter = Filter(len(steps), ctypes.addressof(program))
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
    PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(filter)
):
    raise SystemExit(f"no filter: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
