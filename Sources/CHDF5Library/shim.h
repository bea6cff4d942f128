// Empty: only CHDF5 sees <hdf5.h>; this target carries the flags that pkg-config gives.
