#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

/// From so many bytes on, less memory is worth more than less work.
static const size_t much = (size_t)1 << 22;

/// Makes room behind `end`, by moving the texts to the front or by growing.
static int make_room(cmzml_lifted *lifted, size_t count) {
  if (count <= lifted->capacity - lifted->end) return 1;
  size_t used = lifted->end - lifted->start;
  if (lifted->start > 0) {
    memmove(lifted->bytes, lifted->bytes + lifted->start, used);
    lifted->start = 0;
    lifted->end = used;
  }
  if (count <= lifted->capacity - lifted->end) return 1;
  size_t capacity = lifted->capacity + lifted->capacity / (lifted->capacity < much ? 2 : 8);
  if (capacity < used + count) capacity = used + count;
  if (capacity < 65536) capacity = 65536;
  char *bytes = realloc(lifted->bytes, capacity);
  if (!bytes) return 0;
  lifted->bytes = bytes;
  lifted->capacity = capacity;
  return 1;
}

int cmzml_lifted_append(cmzml_lifted *lifted, const uint8_t *bytes, size_t count) {
  if (count == 0) return 1;
  if (!make_room(lifted, count)) return 0;
  memcpy(lifted->bytes + lifted->end, bytes, count);
  lifted->end += count;
  return 1;
}

/// Where the text of a position in `ends` begins, as a count of bytes since the file's start.
static uint64_t beginning(const cmzml_lifted *lifted, size_t position) {
  return position == lifted->first_end ? lifted->released : lifted->ends[position - 1];
}

size_t cmzml_lifted_unfinished(const cmzml_lifted *lifted) {
  uint64_t all = lifted->released + (lifted->end - lifted->start);
  return (size_t)(all - beginning(lifted, lifted->end_count));
}

void cmzml_lifted_begin(cmzml_lifted *lifted) {
  lifted->before = lifted->released + (lifted->end - lifted->start);
}

int cmzml_lifted_is_full(const cmzml_lifted *lifted, size_t count) {
  size_t waiting = lifted->end - lifted->start;
  // Of the spectrum before this, texts may still be waiting for libxml2.
  uint64_t from = lifted->before > lifted->released ? lifted->before : lifted->released;
  size_t own = (size_t)(lifted->released + waiting - from);
  return own + count > CMZML_MAXIMUM_TEXT || waiting + count > 2 * CMZML_MAXIMUM_TEXT;
}

int64_t cmzml_lifted_finish(cmzml_lifted *lifted) {
  if (lifted->end_count == lifted->end_capacity && lifted->first_end > 0) {
    lifted->end_count -= lifted->first_end;
    memmove(lifted->ends, lifted->ends + lifted->first_end, lifted->end_count * sizeof(uint64_t));
    lifted->first_end = 0;
  }
  if (lifted->end_count == lifted->end_capacity) {
    size_t capacity = lifted->end_capacity ? 2 * lifted->end_capacity : 64;
    uint64_t *ends = realloc(lifted->ends, capacity * sizeof(uint64_t));
    if (!ends) return -1;
    lifted->ends = ends;
    lifted->end_capacity = capacity;
  }
  lifted->ends[lifted->end_count++] = lifted->released + (lifted->end - lifted->start);
  return lifted->first_number + (int64_t)(lifted->end_count - lifted->first_end) - 1;
}

/// Whether a text of this number is there; `position` is then its place in `ends`.
static int find(const cmzml_lifted *lifted, int64_t number, size_t *position) {
  if (number < lifted->first_number) return 0;
  uint64_t distance = (uint64_t)(number - lifted->first_number);
  if (distance >= lifted->end_count - lifted->first_end) return 0;
  *position = lifted->first_end + (size_t)distance;
  return 1;
}

char *cmzml_lifted_text(const cmzml_lifted *lifted, int64_t number, size_t *length) {
  size_t position;
  if (!find(lifted, number, &position)) return NULL;
  uint64_t first = beginning(lifted, position);
  *length = (size_t)(lifted->ends[position] - first);
  return lifted->bytes + lifted->start + (size_t)(first - lifted->released);
}

void cmzml_lifted_drop(cmzml_lifted *lifted, int64_t number) {
  size_t length;
  char *text = cmzml_lifted_text(lifted, number, &length);
  if (!text || length < much) return;
  // Of the first page and the last, other texts may have a part.
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t)text + page - 1) / page * page;
  uintptr_t end = ((uintptr_t)text + length) / page * page;
  madvise((void *)first, end - first, MADV_DONTNEED);
}

void cmzml_lifted_release(cmzml_lifted *lifted, int64_t number) {
  size_t position;
  if (!find(lifted, number, &position)) return;
  lifted->start += (size_t)(lifted->ends[position] - lifted->released);
  lifted->released = lifted->ends[position];
  lifted->first_end = position + 1;
  lifted->first_number = number + 1;
  if (lifted->start == lifted->end) lifted->start = lifted->end = 0;
  if (lifted->first_end == lifted->end_count) lifted->first_end = lifted->end_count = 0;
}
