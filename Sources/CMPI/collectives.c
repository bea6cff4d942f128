// Barrier, broadcast and all-reduce, of any length.
#include <stdlib.h>

#include "internal.h"

static MPI_Datatype datatype(cmpi_type type, int64_t *size) {
  *size = type == CMPI_FLOAT ? sizeof(float) : sizeof(int64_t);
  switch (type) {
    case CMPI_FLOAT: return MPI_FLOAT;
    case CMPI_DOUBLE: return MPI_DOUBLE;
    case CMPI_INT64: return MPI_INT64_T;
  }
  return MPI_DATATYPE_NULL;
}

static MPI_Op operation(cmpi_op op) {
  switch (op) {
    case CMPI_SUM: return MPI_SUM;
    case CMPI_MAX: return MPI_MAX;
    case CMPI_MIN: return MPI_MIN;
  }
  return MPI_OP_NULL;
}

int cmpi_barrier(const cmpi_comm *comm) { return MPI_Barrier(comm->comm); }

int cmpi_broadcast(const cmpi_comm *comm, void *buffer, int64_t bytes, int root) {
  char *next = buffer;
  while (bytes > 0) {
    int piece = cmpi_piece(bytes);
    int code = MPI_Bcast(next, piece, MPI_BYTE, root, comm->comm);
    if (code != MPI_SUCCESS) return code;
    next += piece;
    bytes -= piece;
  }
  return MPI_SUCCESS;
}

int cmpi_allreduce(
    const cmpi_comm *comm, void *buffer, int64_t count, cmpi_type type, cmpi_op op) {
  int64_t size;
  MPI_Datatype element = datatype(type, &size);
  char *next = buffer;
  while (count > 0) {
    int piece = cmpi_piece(count);
    int code =
        MPI_Allreduce(MPI_IN_PLACE, next, piece, element, operation(op), comm->comm);
    if (code != MPI_SUCCESS) return code;
    next += piece * size;
    count -= piece;
  }
  return MPI_SUCCESS;
}

int cmpi_start_allreduce(
    const cmpi_comm *comm, void *buffer, int64_t count, cmpi_type type, cmpi_op op,
    cmpi_request **request) {
  int64_t size;
  MPI_Datatype element = datatype(type, &size);
  cmpi_request *made = cmpi_request_make(cmpi_pieces(count));
  if (!made) return MPI_ERR_NO_MEM;
  char *next = buffer;
  while (count > 0) {
    int piece = cmpi_piece(count);
    int code = MPI_Iallreduce(
        MPI_IN_PLACE, next, piece, element, operation(op), comm->comm,
        &made->pieces[made->count]);
    if (code != MPI_SUCCESS) {
      free(made);
      return code;
    }
    made->count++;
    next += piece * size;
    count -= piece;
  }
  *request = made;
  return MPI_SUCCESS;
}

/// Tests the pieces in order and goes on at the first that is not there: a completed piece becomes
/// MPI_REQUEST_NULL, which is always complete.
int cmpi_test(cmpi_request *request, int *done) {
  *done = 1;
  for (int64_t i = 0; i < request->count; i++) {
    int here = 0;
    int code = MPI_Test(&request->pieces[i], &here, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) {
      free(request);
      return code;
    }
    if (!here) {
      *done = 0;
      return MPI_SUCCESS;
    }
  }
  free(request);
  return MPI_SUCCESS;
}

int cmpi_wait(cmpi_request *request) {
  int code = MPI_SUCCESS;
  for (int64_t i = 0; i < request->count && code == MPI_SUCCESS; i++)
    code = MPI_Wait(&request->pieces[i], MPI_STATUS_IGNORE);
  free(request);
  return code;
}
