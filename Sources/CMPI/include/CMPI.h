// The part of MPI that the package uses, with prefixed names, plain C types and no macro: <mpi.h>
// stays out of sight, because its constants are macros over casts, which Swift cannot import, and
// differ between Open MPI and MPICH.
//
// Every function returns MPI's own code, 0 for success. Lengths have 64 bits: what MPI's `int`
// cannot count is split inside into calls of at most `cmpi_chunk` elements.
#pragma once
#include <stdint.h>

/// A communicator.
typedef struct cmpi_comm cmpi_comm;
/// A reduction or a message under way.
typedef struct cmpi_request cmpi_request;

typedef enum {
  CMPI_FLOAT = 0,
  CMPI_DOUBLE = 1,
  CMPI_INT64 = 2,
} cmpi_type;

typedef enum {
  CMPI_SUM = 0,
  CMPI_MAX = 1,
  CMPI_MIN = 2,
} cmpi_op;

// The library (library.c)

/// MPI_Init_thread(FUNNELED): only the thread that calls this may call MPI.
int cmpi_init(void);
/// MPI_Finalize.
int cmpi_finalize(void);
/// Whether MPI is between its initialisation and its end.
int cmpi_is_running(void);
/// MPI_Error_string, cut to `capacity` and always terminated.
int cmpi_error_string(int code, char *text, int capacity);
/// The first line of MPI_Get_library_version; allowed at any time.
int cmpi_library_version(char *text, int capacity);
/// The largest number of elements (or bytes) of one MPI call: 2^30. Tests make it smaller.
int64_t cmpi_chunk(void);
void cmpi_set_chunk(int64_t elements);

// Communicators (communicator.c). All have MPI_ERRORS_RETURN.

int cmpi_world(cmpi_comm **world);
int cmpi_comm_rank(const cmpi_comm *comm, int *rank);
int cmpi_comm_size(const cmpi_comm *comm, int *size);
/// MPI_Comm_split, in rank order; a negative colour is MPI_UNDEFINED and gets NULL.
int cmpi_comm_split(const cmpi_comm *comm, int colour, cmpi_comm **part);
/// MPI_Comm_split_type(MPI_COMM_TYPE_SHARED), in rank order.
int cmpi_comm_split_by_host(const cmpi_comm *comm, cmpi_comm **host);
/// MPI_Comm_free (not of the world, nor after MPI's end), and the handle's memory.
int cmpi_comm_free(cmpi_comm *comm);
/// MPI_Abort; does not return unless MPI cannot.
int cmpi_abort(const cmpi_comm *comm, int code);

// Collectives (collectives.c)

int cmpi_barrier(const cmpi_comm *comm);
int cmpi_broadcast(const cmpi_comm *comm, void *buffer, int64_t bytes, int root);
/// In place.
int cmpi_allreduce(
    const cmpi_comm *comm, void *buffer, int64_t count, cmpi_type type, cmpi_op op);
/// In place; `request` is freed by the `cmpi_test` or `cmpi_wait` that finds it complete or failed.
int cmpi_start_allreduce(
    const cmpi_comm *comm, void *buffer, int64_t count, cmpi_type type, cmpi_op op,
    cmpi_request **request);
int cmpi_test(cmpi_request *request, int *done);
int cmpi_wait(cmpi_request *request);

// Exchanges of uneven parts (exchange.c). They are made of MPI_Isend and MPI_Irecv, because the
// counts and the displacements of MPI_Gatherv, MPI_Scatterv and MPI_Alltoallv have 32 bits, and a
// rank cannot know alone that another's buffer is larger. A part of another length than expected
// is an error (MPI_ERR_TRUNCATE). Counts are bytes, one for each rank; parts lie in rank order.

/// MPI_Gatherv: `counts[rank]` bytes of `part` go to `whole`, which only the root has.
int cmpi_gather(
    const cmpi_comm *comm, const void *part, const int64_t *counts, void *whole, int root);
/// MPI_Scatterv.
int cmpi_scatter(
    const cmpi_comm *comm, const void *whole, const int64_t *counts, void *part, int root);
/// MPI_Alltoallv.
int cmpi_all_to_all(
    const cmpi_comm *comm, const void *send, const int64_t *send_counts, void *receive,
    const int64_t *receive_counts);

// Messages between two ranks (messages.c): at least one, also of no bytes. Tags are above 0, which
// the exchanges use. Messages of one tag arrive in the order in which they were sent.

/// MPI_Send: may wait until `peer` receives.
int cmpi_send(const cmpi_comm *comm, const void *buffer, int64_t bytes, int peer, int tag);
/// MPI_Recv. A message of another length is an error (MPI_ERR_TRUNCATE).
int cmpi_receive(const cmpi_comm *comm, void *buffer, int64_t bytes, int peer, int tag);
/// MPI_Isend; `request` is freed by the `cmpi_test` or `cmpi_wait` that finds it complete or failed.
int cmpi_start_send(
    const cmpi_comm *comm, const void *buffer, int64_t bytes, int peer, int tag,
    cmpi_request **request);
/// MPI_Irecv. A longer message is an error (MPI_ERR_TRUNCATE).
int cmpi_start_receive(
    const cmpi_comm *comm, void *buffer, int64_t bytes, int peer, int tag,
    cmpi_request **request);
/// MPI_Iprobe: the rank whose message of this tag has arrived, -1 when there is none.
int cmpi_probe(const cmpi_comm *comm, int tag, int *peer);

// Messages that are sent again and again from and to the same places (plan.c): MPI's persistent
// requests. They have MPI's own tags and 32-bit lengths, and want a communicator of their own.

typedef struct cmpi_plan cmpi_plan;

typedef enum {
  CMPI_SEND,
  /// The start of the buffer, as long as cmpi_plan_send says.
  CMPI_SEND_PART,
  /// So many bytes, or fewer.
  CMPI_RECEIVE,
} cmpi_message;

/// Room for `capacity` messages, none of them there yet.
int cmpi_plan_make(const cmpi_comm *comm, int64_t capacity, cmpi_plan **plan);
/// One more message: MPI_Send_init or MPI_Recv_init, which know its length. `buffer` must stay valid.
int cmpi_plan_add(cmpi_plan *plan, cmpi_message kind, void *buffer, int bytes, int peer, int tag);
/// MPI_Startall of `count` messages from `first` on, none of them a CMPI_SEND_PART.
int cmpi_plan_start(cmpi_plan *plan, int first, int count);
/// Starts a CMPI_SEND_PART (MPI_Isend: a persistent request has one length for ever).
int cmpi_plan_send(cmpi_plan *plan, int message, int bytes);
/// Gives MPI a chance to progress (MPI_Testall).
int cmpi_plan_test(cmpi_plan *plan);
/// MPI_Testall of `count` messages from `first` on; ones that were not started count as there.
int cmpi_plan_is_done(cmpi_plan *plan, int first, int count, int *done);
/// MPI_Waitall of these.
int cmpi_plan_wait(cmpi_plan *plan, int first, int count);
/// MPI_Request_free, and the memory. No message may be under way.
int cmpi_plan_free(cmpi_plan *plan);
