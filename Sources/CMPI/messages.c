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

/// MPI_Isend or MPI_Irecv of all pieces.
static int start(
    int is_send, const cmpi_comm *comm, char *next, int64_t bytes, int peer, int tag,
    cmpi_request **request) {
  int64_t pieces = cmpi_pieces(bytes);
  cmpi_request *made = cmpi_request_make(pieces > 0 ? pieces : 1);
  if (!made) return MPI_ERR_NO_MEM;
  do {
    int piece = cmpi_piece(bytes);
    MPI_Request *here = &made->pieces[made->count];
    int code = is_send ? MPI_Isend(next, piece, MPI_BYTE, peer, tag, comm->comm, here)
                       : MPI_Irecv(next, piece, MPI_BYTE, peer, tag, comm->comm, here);
    if (code != MPI_SUCCESS) {
      free(made);
      return code;
    }
    made->count++;
    if (next) next += piece;
    bytes -= piece;
  } while (bytes > 0);
  *request = made;
  return MPI_SUCCESS;
}

int cmpi_start_send(
    const cmpi_comm *comm, const void *buffer, int64_t bytes, int peer, int tag,
    cmpi_request **request) {
  return start(1, comm, (char *)buffer, bytes, peer, tag, request);
}

int cmpi_start_receive(
    const cmpi_comm *comm, void *buffer, int64_t bytes, int peer, int tag,
    cmpi_request **request) {
  return start(0, comm, buffer, bytes, peer, tag, request);
}

int cmpi_probe(const cmpi_comm *comm, int tag, int *peer) {
  int here = 0;
  MPI_Status status;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, tag, comm->comm, &here, &status);
  *peer = code == MPI_SUCCESS && here ? status.MPI_SOURCE : -1;
  return code;
}
