// Messages that are sent again and again from and to the same places (MPI persistent requests).
#include <stdlib.h>

#include "internal.h"

struct cmpi_plan {
  MPI_Comm comm;
  int count, capacity;
  MPI_Request requests[];
};

int cmpi_plan_make(const cmpi_comm *comm, int64_t capacity, cmpi_plan **plan) {
  cmpi_plan *made = malloc(sizeof *made + (size_t)(capacity + 1) * sizeof(MPI_Request));
  if (!made) return MPI_ERR_NO_MEM;
  made->comm = comm->comm;
  made->count = 0;
  made->capacity = (int)capacity;
  *plan = made;
  return MPI_SUCCESS;
}

int cmpi_plan_add(cmpi_plan *plan, int sends, void *buffer, int bytes, int peer, int tag) {
  if (plan->count == plan->capacity) return MPI_ERR_COUNT;
  MPI_Request *request = &plan->requests[plan->count];
  int code = sends ? MPI_Send_init(buffer, bytes, MPI_BYTE, peer, tag, plan->comm, request)
                   : MPI_Recv_init(buffer, bytes, MPI_BYTE, peer, tag, plan->comm, request);
  if (code == MPI_SUCCESS) plan->count++;
  return code;
}

int cmpi_plan_start(cmpi_plan *plan, int first, int count) {
  return count > 0 ? MPI_Startall(count, plan->requests + first) : MPI_SUCCESS;
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
    int freed = MPI_Request_free(&plan->requests[i]);
    if (code == MPI_SUCCESS) code = freed;
  }
  free(plan);
  return code;
}
