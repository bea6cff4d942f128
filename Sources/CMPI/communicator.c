// Communicators.
#include <stdlib.h>

#include "internal.h"

/// Takes over `comm`, whose errors shall be returned; NULL for MPI_COMM_NULL.
static int wrap(MPI_Comm comm, cmpi_comm **result) {
  *result = NULL;
  if (comm == MPI_COMM_NULL) return MPI_SUCCESS;
  int code = MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  if (code != MPI_SUCCESS) return code;
  *result = malloc(sizeof **result);
  if (!*result) return MPI_ERR_NO_MEM;
  (*result)->comm = comm;
  return MPI_SUCCESS;
}

int cmpi_world(cmpi_comm **world) { return wrap(MPI_COMM_WORLD, world); }

int cmpi_comm_rank(const cmpi_comm *comm, int *rank) { return MPI_Comm_rank(comm->comm, rank); }

int cmpi_comm_size(const cmpi_comm *comm, int *size) { return MPI_Comm_size(comm->comm, size); }

int cmpi_comm_split(const cmpi_comm *comm, int colour, cmpi_comm **part) {
  MPI_Comm made = MPI_COMM_NULL;
  int code = MPI_Comm_split(comm->comm, colour < 0 ? MPI_UNDEFINED : colour, 0, &made);
  return code == MPI_SUCCESS ? wrap(made, part) : code;
}

int cmpi_comm_split_by_host(const cmpi_comm *comm, cmpi_comm **host) {
  MPI_Comm made = MPI_COMM_NULL;
  int code = MPI_Comm_split_type(comm->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &made);
  return code == MPI_SUCCESS ? wrap(made, host) : code;
}

int cmpi_comm_free(cmpi_comm *comm) {
  int code = MPI_SUCCESS;
  if (comm->comm != MPI_COMM_WORLD && cmpi_is_running()) code = MPI_Comm_free(&comm->comm);
  free(comm);
  return code;
}

int cmpi_abort(const cmpi_comm *comm, int code) { return MPI_Abort(comm->comm, code); }
