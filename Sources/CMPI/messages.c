// Messages between two ranks, of any length.
#include "internal.h"

int cmpi_send(const cmpi_comm *comm, const void *buffer, int64_t bytes, int peer, int tag) {
  const char *next = buffer;
  do {
    int piece = cmpi_piece(bytes);
    int code = MPI_Send(next, piece, MPI_BYTE, peer, tag, comm->comm);
    if (code != MPI_SUCCESS) return code;
    if (next) next += piece;
    bytes -= piece;
  } while (bytes > 0);
  return MPI_SUCCESS;
}

int cmpi_receive(const cmpi_comm *comm, void *buffer, int64_t bytes, int peer, int tag) {
  char *next = buffer;
  do {
    int piece = cmpi_piece(bytes);
    MPI_Status status;
    int code = MPI_Recv(next, piece, MPI_BYTE, peer, tag, comm->comm, &status);
    int got = 0;
    if (code == MPI_SUCCESS) code = MPI_Get_count(&status, MPI_BYTE, &got);
    if (code == MPI_SUCCESS && got != piece) code = MPI_ERR_TRUNCATE;
    if (code != MPI_SUCCESS) return code;
    if (next) next += piece;
    bytes -= piece;
  } while (bytes > 0);
  return MPI_SUCCESS;
}

int cmpi_probe(const cmpi_comm *comm, int tag, int *peer) {
  int here = 0;
  MPI_Status status;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, tag, comm->comm, &here, &status);
  *peer = code == MPI_SUCCESS && here ? status.MPI_SOURCE : -1;
  return code;
}
