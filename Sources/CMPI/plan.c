// Messages that are sent again and again from and to the same places (MPI persistent requests).
#include <stdlib.h>

#include "internal.h"

struct message {
  void *buffer;
  int peer, tag;
};

struct cmpi_plan {
  MPI_Comm comm;
  int count, capacity;
  struct message *messages;
  MPI_Request requests[];
};

int cmpi_plan_make(const cmpi_comm *comm, int64_t capacity, cmpi_plan **plan) {
  cmpi_plan *made = malloc(sizeof *made + (size_t)(capacity + 1) * sizeof(MPI_Request));
  if (!made) return MPI_ERR_NO_MEM;
  made->messages = malloc((size_t)(capacity + 1) * sizeof *made->messages);
  if (!made->messages) {
    free(made);
    return MPI_ERR_NO_MEM;
  }
  made->comm = comm->comm;
  made->count = 0;
  made->capacity = (int)capacity;
  *plan = made;
  return MPI_SUCCESS;
}

int cmpi_plan_add(cmpi_plan *plan, cmpi_message kind, void *buffer, int bytes, int peer, int tag) {
  if (plan->count == plan->capacity) return MPI_ERR_COUNT;
  MPI_Request *request = &plan->requests[plan->count];
  int code = MPI_SUCCESS;
  switch (kind) {
    case CMPI_SEND:
      code = MPI_Send_init(buffer, bytes, MPI_BYTE, peer, tag, plan->comm, request);
      break;
    case CMPI_SEND_PART: *request = MPI_REQUEST_NULL; break;
    case CMPI_RECEIVE:
      code = MPI_Recv_init(buffer, bytes, MPI_BYTE, peer, tag, plan->comm, request);
      break;
  }
  if (code != MPI_SUCCESS) return code;
  plan->messages[plan->count++] = (struct message){buffer, peer, tag};
  return code;
}

int cmpi_plan_start(cmpi_plan *plan, int first, int count) {
  return count > 0 ? MPI_Startall(count, plan->requests + first) : MPI_SUCCESS;
}

int cmpi_plan_send(cmpi_plan *plan, int message, int bytes) {
  struct message *m = &plan->messages[message];
  return MPI_Isend(m->buffer, bytes, MPI_BYTE, m->peer, m->tag, plan->comm,
                   &plan->requests[message]);
}

int cmpi_plan_test(cmpi_plan *plan) {
  int done = 0;
  return plan->count > 0
             ? MPI_Testall(plan->count, plan->requests, &done, MPI_STATUSES_IGNORE)
             : MPI_SUCCESS;
}

int cmpi_plan_is_done(cmpi_plan *plan, int first, int count, int *done) {
  *done = 1;
  return count > 0
             ? MPI_Testall(count, plan->requests + first, done, MPI_STATUSES_IGNORE)
             : MPI_SUCCESS;
}

int cmpi_plan_wait(cmpi_plan *plan, int first, int count) {
  return count > 0 ? MPI_Waitall(count, plan->requests + first, MPI_STATUSES_IGNORE) : MPI_SUCCESS;
}

int cmpi_plan_free(cmpi_plan *plan) {
  int code = MPI_SUCCESS;
  for (int i = 0; i < plan->count && cmpi_is_running(); i++) {
    if (plan->requests[i] == MPI_REQUEST_NULL) continue;
    int freed = MPI_Request_free(&plan->requests[i]);
    if (code == MPI_SUCCESS) code = freed;
  }
  free(plan->messages);
  free(plan);
  return code;
}
