// What the files of this shim share.
#pragma once
#include <mpi.h>

#include "CMPI.h"

struct cmpi_comm {
  MPI_Comm comm;
};

/// One piece of a buffer of any length, as far as one MPI call can count.
static inline int cmpi_piece(int64_t rest) {
  int64_t chunk = cmpi_chunk();
  return (int)(rest < chunk ? rest : chunk);
}

/// How many pieces `count` elements make.
static inline int64_t cmpi_pieces(int64_t count) {
  int64_t chunk = cmpi_chunk();
  return (count + chunk - 1) / chunk;
}
