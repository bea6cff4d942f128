// Why there is a scanner under libxml2: most of a raw file is base64 in <binary> elements. libxml2
// would check each of its characters, collect and copy them, and would have to be told to
// accept texts of any length (XML_PARSE_HUGE). So the texts of <binary> elements are taken out of
// the stream before libxml2 sees it, with "#" and a number in their place, unlike any base64.
// Whole spectra are lifted out in the same way where they are plain enough (spectra.c).
// libxml2 keeps its own limits, and a document type declaration never gets to it.
#include <stdio.h>
#include <string.h>

#include "internal.h"

static int is_blank(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (bytes[i] != ' ' && bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\t') return 0;
  }
  return 1;
}

/// Between tags. White space there means nothing in mzML and is dropped.
static void text(cmzml_stream *stream, cmzml_output *out) {
  const uint8_t *from = stream->input + stream->at;
  size_t left = stream->filled - stream->at;
  const uint8_t *tag = memchr(from, '<', left);
  size_t count = tag ? (size_t)(tag - from) : left;
  if (count > 0 && !is_blank(from, count)) {
    cmzml_pass(stream, count, out);
    return;
  }
  stream->at += count;
  if (!tag) return;
  if (!stream->keeps_params && (cmzml_lift_spectrum(stream) || cmzml_pause(stream))) return;
  tag = stream->input + stream->at;
  left = stream->filled - stream->at;
  size_t idle = stream->keeps_params ? 0 : cmzml_idle_param(tag, left);
  if (idle > 0) {
    stream->at += idle;
    return;
  }
  if (cmzml_pass(stream, 1, out) == 0) return;
  stream->state = IN_OPENING;
  stream->name_length = 0;
}

/// Inside <binary>: everything up to the next tag is lifted out.
static void encoded(cmzml_stream *stream) {
  const uint8_t *from = stream->input + stream->at;
  size_t left = stream->filled - stream->at;
  const uint8_t *tag = memchr(from, '<', left);
  size_t count = tag ? (size_t)(tag - from) : left;
  cmzml_lifted *lifted = &stream->lifted;
  if (cmzml_lifted_is_full(lifted, count)) {
    cmzml_stop(stream, CMZML_TEXT_TOO_LONG);
    return;
  }
  if (!cmzml_lifted_append(lifted, from, count)) {
    cmzml_stop(stream, CMZML_NO_MEMORY);
    return;
  }
  stream->at += count;
  if (!tag) return;
  stream->state = IN_TEXT;
  if (cmzml_lifted_unfinished(lifted) == 0) return;
  int64_t number = cmzml_lifted_finish(lifted);
  if (number < 0) {
    cmzml_stop(stream, CMZML_NO_MEMORY);
    return;
  }
  int length = snprintf(stream->marker, sizeof stream->marker, "#%lld", (long long)number);
  stream->marker_at = 0;
  stream->marker_length = (size_t)length;
}

static void close_tag(cmzml_stream *stream) {
  int is_empty = stream->last[1] == '/';
  stream->state = IN_TEXT;
  if (stream->is_end_tag) {
    --stream->depth;
  } else if (!is_empty) {
    ++stream->depth;
    if (stream->is_binary) stream->state = IN_ENCODED;
  }
}

/// Inside a tag, outside quotes.
static void tag(cmzml_stream *stream, cmzml_output *out) {
  const uint8_t *from = stream->input + stream->at;
  size_t left = stream->filled - stream->at;
  if (left > out->room - out->made) left = out->room - out->made;
  size_t count = 0;
  uint8_t c = 0;
  while (count < left) {
    c = from[count++];
    if (c == '"' || c == '\'' || c == '>') break;
    stream->last[1] = (char)c;
  }
  cmzml_pass(stream, count, out);
  if (c == '>') {
    close_tag(stream);
  } else if (c == '"' || c == '\'') {
    stream->quote = (char)c;
    stream->last[1] = 0;
    stream->state = IN_QUOTES;
  }
}

static void quotes(cmzml_stream *stream, cmzml_output *out) {
  const uint8_t *from = stream->input + stream->at;
  size_t left = stream->filled - stream->at;
  const uint8_t *end = memchr(from, stream->quote, left);
  size_t count = end ? (size_t)(end - from) + 1 : left;
  if (cmzml_pass(stream, count, out) == count && end) stream->state = IN_TAG;
}

/// Inside a comment, CDATA or an instruction: on to its end, two characters and ">".
static void passage(cmzml_stream *stream, cmzml_output *out) {
  char before = stream->state == IN_COMMENT ? '-' : stream->state == IN_CDATA ? ']' : '?';
  int is_short = stream->state == IN_INSTRUCTION;
  while (stream->at < stream->filled && out->made < out->room) {
    char c = (char)stream->input[stream->at];
    cmzml_pass(stream, 1, out);
    if (c == '>' && stream->last[1] == before && (is_short || stream->last[0] == before)) {
      stream->state = IN_TEXT;
      return;
    }
    stream->last[0] = stream->last[1];
    stream->last[1] = c;
  }
}

static void step(cmzml_stream *stream, cmzml_output *out) {
  switch (stream->state) {
    case IN_TEXT: text(stream, out); break;
    case IN_ENCODED: encoded(stream); break;
    case IN_OPENING: cmzml_opening(stream, out); break;
    case IN_TAG: tag(stream, out); break;
    case IN_QUOTES: quotes(stream, out); break;
    case IN_COMMENT:
    case IN_CDATA:
    case IN_INSTRUCTION: passage(stream, out); break;
  }
}

int cmzml_stream_read(void *context, char *bytes, int length) {
  cmzml_stream *stream = context;
  cmzml_output out = {bytes, 0, length > 0 ? (size_t)length : 0};
  while (out.made < out.room) {
    if (stream->marker_at < stream->marker_length) {
      out.bytes[out.made++] = stream->marker[stream->marker_at++];
      // At most one text is lifted ahead of those libxml2 has asked for.
      if (stream->marker_at == stream->marker_length) break;
      continue;
    }
    if (stream->at == stream->filled && !cmzml_stream_refill(stream)) break;
    step(stream, &out);
  }
  return (int)out.made;
}
