// What the files of this shim share.
#pragma once
#include <mpi.h>
#include <stdlib.h>

#include "CMPI.h"

struct cmpi_comm {
  MPI_Comm comm;
};

struct cmpi_request {
  int64_t count;
  MPI_Request pieces[];
};

/// Room for the requests of so many pieces, none of them there yet; NULL without memory.
static inline cmpi_request *cmpi_request_make(int64_t pieces) {
  cmpi_request *made = malloc(sizeof *made + (size_t)pieces * sizeof(MPI_Request));
  if (made) made->count = 0;
  return made;
}

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
