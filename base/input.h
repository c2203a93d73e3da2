/* A file or a pipe that somebody else filled, read from its beginning: plain, or compressed by
 * gzip, bzip2 or zstd, which is seen by its first bytes, whatever it is called.
 *
 * Calling sequence: input_open -> input_line or input_read ... -> input_rewind, to read it once
 * more -> input_close.
 *
 * A compressed file may be of several members one after the other. Memory: the longest line (at
 * most INPUT_LINE_BYTES_MAX) and the decompressor's window (at most 128 MiB, of zstd), however much
 * the file expands to. What comes from a pipe is also kept, as it came, in a file without a name in
 * TMPDIR (else /tmp), so that it can be read again. Local. */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include "base/status.h"

#include <stddef.h>

#define INPUT_LINE_BYTES_MAX ((size_t)64 << 20)

struct input;

/* SIBYL_E_FORMAT where the content is known to be no text: another compression, an archive, a
 * database, UTF-16, a Git LFS pointer, a web page; the message says which, and what to do. */
enum status input_open(struct input **out, const char *path);
void input_close(struct input *in); /* NULL is fine */

/* Up to `bytes` bytes of what the file expands to; *out_got is 0 at the end, and only there.
 * SIBYL_E_FORMAT where compressed data is damaged or cut short. */
enum status input_read(struct input *in, void *to, size_t bytes, size_t *out_got);

/* The next line, without its end, which is "\n", "\r\n" or "\r", and without an UTF-8 byte order
 * mark on the first; NULL at the end. A zero byte follows it; it may be written to, and is valid
 * until the next call. SIBYL_E_FORMAT where it is longer than the limit. */
enum status input_line(struct input *in, char **out_line, size_t *out_bytes);

/* Number of the line that input_line() gave last, from 1. */
size_t input_line_number(const struct input *in);

/* Back to the beginning. */
enum status input_rewind(struct input *in);

#endif
