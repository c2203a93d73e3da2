/* Decompressors behind one table: gzip, bzip2, zstd. Local. */
#ifndef BASE_DECOMPRESS_H
#define BASE_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>

struct decompressor;

/* Bytes in, bytes out; the fields move on as bytes are used and made. */
struct decompress_step {
    const unsigned char *from;
    size_t from_bytes;
    unsigned char *to;
    size_t to_bytes;
};

enum decompress_result {
    DECOMPRESS_MORE,    /* inside a member */
    DECOMPRESS_END,     /* a member has ended; more may follow */
    DECOMPRESS_DAMAGED, /* or made for more memory than is given */
    DECOMPRESS_NO_MEMORY
};

/* Whether a file that begins so is compressed, and by what ("gzip"). */
bool decompress_recognise(const void *head, size_t bytes, const char **out_name);

/* NULL: the name is unknown, or there is no memory. */
struct decompressor *decompress_new(const char *name);
void decompress_free(struct decompressor *d); /* NULL is fine */

/* One step; behind the end of a member the next one begins. */
enum decompress_result decompress_run(struct decompressor *d, struct decompress_step *step);

#endif
