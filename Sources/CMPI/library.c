// MPI's lifetime and its words.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

static int64_t chunk = INT64_C(1) << 30;

int64_t cmpi_chunk(void) { return chunk; }

void cmpi_set_chunk(int64_t elements) { chunk = elements; }

int cmpi_init(void) {
  int provided = 0;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (code != MPI_SUCCESS) return code;
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

/// Sets TCP_NODELAY for every TCP connection of this process.
///
/// PMIx, through which Open MPI's ranks talk with mpirun, leaves it out: of the small messages with
/// which a rank takes its leave, Nagle's algorithm keeps back the last until the one before is
/// acknowledged, which mpirun's side does 40 ms later. The ranks' own connections have it set.
static void send_at_once(void) {
  for (int socket = 3; socket < 256; socket++) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int on = 1;
    if (getpeername(socket, (struct sockaddr *)&peer, &length) == 0 &&
        (peer.ss_family == AF_INET || peer.ss_family == AF_INET6))
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

int cmpi_finalize(void) {
  send_at_once();
  return MPI_Finalize();
}

int cmpi_is_running(void) {
  int started = 0, ended = 0;
  if (MPI_Initialized(&started) != MPI_SUCCESS || MPI_Finalized(&ended) != MPI_SUCCESS) return 0;
  return started && !ended;
}

static void copy_line(char *text, int capacity, const char *source) {
  size_t length = strcspn(source, "\n");
  if (length > (size_t)capacity - 1) length = (size_t)capacity - 1;
  memcpy(text, source, length);
  text[length] = 0;
}

int cmpi_error_string(int code, char *text, int capacity) {
  char whole[MPI_MAX_ERROR_STRING + 1] = "";
  int length = 0;
  int result = MPI_Error_string(code, whole, &length);
  copy_line(text, capacity, result == MPI_SUCCESS ? whole : "unknown error");
  return result;
}

int cmpi_library_version(char *text, int capacity) {
  char whole[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "";
  int length = 0;
  int result = MPI_Get_library_version(whole, &length);
  copy_line(text, capacity, whole);
  return result;
}
