// Gather, scatter and all-to-all of uneven parts of any length, by messages.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/// Messages under way: receives first, so that what arrives finds its place.
typedef struct {
  const cmpi_comm *comm;
  MPI_Request *requests;
  int *expected;  // bytes of each receive, -1 of a send
  int64_t count;
} exchange;

static int begin(exchange *all, const cmpi_comm *comm, int64_t capacity) {
  all->comm = comm;
  all->count = 0;
  all->requests = malloc((size_t)(capacity + 1) * sizeof *all->requests);
  all->expected = malloc((size_t)(capacity + 1) * sizeof *all->expected);
  return all->requests && all->expected ? MPI_SUCCESS : MPI_ERR_NO_MEM;
}

static int post_receive(exchange *all, char *buffer, int64_t bytes, int peer) {
  for (int64_t done = 0; done < bytes;) {
    int piece = cmpi_piece(bytes - done);
    MPI_Request *request = &all->requests[all->count];
    int code = MPI_Irecv(buffer + done, piece, MPI_BYTE, peer, 0, all->comm->comm, request);
    if (code != MPI_SUCCESS) return code;
    all->expected[all->count++] = piece;
    done += piece;
  }
  return MPI_SUCCESS;
}

static int post_send(exchange *all, const char *buffer, int64_t bytes, int peer) {
  for (int64_t done = 0; done < bytes;) {
    int piece = cmpi_piece(bytes - done);
    MPI_Request *request = &all->requests[all->count];
    int code = MPI_Isend(buffer + done, piece, MPI_BYTE, peer, 0, all->comm->comm, request);
    if (code != MPI_SUCCESS) return code;
    all->expected[all->count++] = -1;
    done += piece;
  }
  return MPI_SUCCESS;
}

/// Waits for all messages unless posting them failed, and frees. A receive that got less than it
/// should is an error too.
static int end(exchange *all, int code) {
  for (int64_t i = 0; i < all->count && code == MPI_SUCCESS; i++) {
    MPI_Status status;
    code = MPI_Wait(&all->requests[i], &status);
    if (code != MPI_SUCCESS || all->expected[i] < 0) continue;
    int got = 0;
    code = MPI_Get_count(&status, MPI_BYTE, &got);
    if (code == MPI_SUCCESS && got != all->expected[i]) code = MPI_ERR_TRUNCATE;
  }
  free(all->requests);
  free(all->expected);
  return code;
}

static int place_of(const cmpi_comm *comm, int *rank, int *size) {
  int code = MPI_Comm_rank(comm->comm, rank);
  return code == MPI_SUCCESS ? MPI_Comm_size(comm->comm, size) : code;
}

static int64_t pieces_of(const int64_t *counts, int size) {
  int64_t sum = 0;
  for (int r = 0; r < size; r++) sum += cmpi_pieces(counts[r]);
  return sum;
}

static void copy(void *to, const void *from, int64_t bytes) {
  if (bytes > 0) memmove(to, from, (size_t)bytes);
}

int cmpi_gather(
    const cmpi_comm *comm, const void *part, const int64_t *counts, void *whole, int root) {
  int rank, size;
  int code = place_of(comm, &rank, &size);
  if (code != MPI_SUCCESS) return code;
  exchange all;
  code = begin(&all, comm, pieces_of(counts, size));
  if (rank != root) {
    if (code == MPI_SUCCESS) code = post_send(&all, part, counts[rank], root);
    return end(&all, code);
  }
  char *next = whole;
  for (int r = 0; r < size && code == MPI_SUCCESS; next += counts[r], r++) {
    if (r == rank) copy(next, part, counts[r]);
    else code = post_receive(&all, next, counts[r], r);
  }
  return end(&all, code);
}

int cmpi_scatter(
    const cmpi_comm *comm, const void *whole, const int64_t *counts, void *part, int root) {
  int rank, size;
  int code = place_of(comm, &rank, &size);
  if (code != MPI_SUCCESS) return code;
  exchange all;
  code = begin(&all, comm, pieces_of(counts, size));
  if (rank != root) {
    if (code == MPI_SUCCESS) code = post_receive(&all, part, counts[rank], root);
    return end(&all, code);
  }
  const char *next = whole;
  for (int r = 0; r < size && code == MPI_SUCCESS; next += counts[r], r++) {
    if (r == rank) copy(part, next, counts[r]);
    else code = post_send(&all, next, counts[r], r);
  }
  return end(&all, code);
}

int cmpi_all_to_all(
    const cmpi_comm *comm, const void *send, const int64_t *send_counts, void *receive,
    const int64_t *receive_counts) {
  int rank, size;
  int code = place_of(comm, &rank, &size);
  if (code != MPI_SUCCESS) return code;
  exchange all;
  code = begin(&all, comm, pieces_of(send_counts, size) + pieces_of(receive_counts, size));
  char *to = receive;
  char *own = receive;
  for (int r = 0; r < size && code == MPI_SUCCESS; to += receive_counts[r], r++) {
    if (r == rank) own = to;
    else code = post_receive(&all, to, receive_counts[r], r);
  }
  const char *from = send;
  for (int r = 0; r < size && code == MPI_SUCCESS; from += send_counts[r], r++) {
    if (r == rank) copy(own, from, send_counts[r]);
    else code = post_send(&all, from, send_counts[r], r);
  }
  return end(&all, code);
}
