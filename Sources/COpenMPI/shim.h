// Empty: only CMPI sees <mpi.h>; this target carries the flags that pkg-config gives.
