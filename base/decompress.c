#include "base/decompress.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_WINDOW (16 + MAX_WBITS) /* zlib's way to ask for a gzip head */

struct method {
    const char *name, *magic;
    bool (*begin)(struct decompressor *d); /* of a member; false: no memory */
    enum decompress_result (*run)(struct decompressor *d, struct decompress_step *step);
    void (*end)(struct decompressor *d); /* undoes one begin */
};

struct decompressor {
    const struct method *method;
    bool within; /* a member, which has begun */
    z_stream gzip;
    bz_stream bzip2;
    ZSTD_DStream *zstd;
};

static unsigned limited(size_t bytes)
{
    return bytes < UINT_MAX ? (unsigned)bytes : UINT_MAX;
}

static void advance(struct decompress_step *s, size_t used, size_t made)
{
    s->from += used;
    s->from_bytes -= used;
    s->to += made;
    s->to_bytes -= made;
}

/* ---- gzip ---- */

static bool gzip_begin(struct decompressor *d)
{
    d->gzip = (z_stream){0};
    return inflateInit2(&d->gzip, GZIP_WINDOW) == Z_OK;
}

static enum decompress_result gzip_run(struct decompressor *d, struct decompress_step *s)
{
    z_stream *z = &d->gzip;
    unsigned in = limited(s->from_bytes), out = limited(s->to_bytes);
    z->next_in = (unsigned char *)s->from;
    z->avail_in = in;
    z->next_out = s->to;
    z->avail_out = out;
    int code = inflate(z, Z_NO_FLUSH);
    advance(s, in - z->avail_in, out - z->avail_out);
    if (code == Z_STREAM_END) return DECOMPRESS_END;
    if (code == Z_MEM_ERROR) return DECOMPRESS_NO_MEMORY;
    return code == Z_OK || code == Z_BUF_ERROR ? DECOMPRESS_MORE : DECOMPRESS_DAMAGED;
}

static void gzip_end(struct decompressor *d)
{
    inflateEnd(&d->gzip);
}

/* ---- bzip2 ---- */

static bool bzip2_begin(struct decompressor *d)
{
    d->bzip2 = (bz_stream){0};
    return BZ2_bzDecompressInit(&d->bzip2, 0, 0) == BZ_OK;
}

static enum decompress_result bzip2_run(struct decompressor *d, struct decompress_step *s)
{
    bz_stream *b = &d->bzip2;
    unsigned in = limited(s->from_bytes), out = limited(s->to_bytes);
    b->next_in = (char *)s->from;
    b->avail_in = in;
    b->next_out = (char *)s->to;
    b->avail_out = out;
    int code = BZ2_bzDecompress(b);
    advance(s, in - b->avail_in, out - b->avail_out);
    if (code == BZ_STREAM_END) return DECOMPRESS_END;
    if (code == BZ_MEM_ERROR) return DECOMPRESS_NO_MEMORY;
    return code == BZ_OK ? DECOMPRESS_MORE : DECOMPRESS_DAMAGED;
}

static void bzip2_end(struct decompressor *d)
{
    BZ2_bzDecompressEnd(&d->bzip2);
}

/* ---- zstd ---- */

static bool zstd_begin(struct decompressor *d)
{
    d->zstd = ZSTD_createDStream();
    return d->zstd != NULL;
}

static enum decompress_result zstd_run(struct decompressor *d, struct decompress_step *s)
{
    ZSTD_inBuffer in = {s->from, s->from_bytes, 0};
    ZSTD_outBuffer out = {s->to, s->to_bytes, 0};
    size_t code = ZSTD_decompressStream(d->zstd, &out, &in);
    advance(s, in.pos, out.pos);
    if (ZSTD_isError(code)) return DECOMPRESS_DAMAGED;
    return code == 0 ? DECOMPRESS_END : DECOMPRESS_MORE;
}

static void zstd_end(struct decompressor *d)
{
    ZSTD_freeDStream(d->zstd);
    d->zstd = NULL;
}

/* ---- all ---- */

static const struct method methods[] = {
    {"gzip", "\x1F\x8B", gzip_begin, gzip_run, gzip_end},
    {"bzip2", "BZh", bzip2_begin, bzip2_run, bzip2_end},
    {"zstd", "\x28\xB5\x2F\xFD", zstd_begin, zstd_run, zstd_end},
};
enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

bool decompress_recognise(const void *head, size_t bytes, const char **out_name)
{
    for (int i = 0; i < METHODS; i++) {
        size_t length = strlen(methods[i].magic);
        if (bytes < length || memcmp(head, methods[i].magic, length)) continue;
        *out_name = methods[i].name;
        return true;
    }
    return false;
}

struct decompressor *decompress_new(const char *name)
{
    for (int i = 0; i < METHODS; i++) {
        if (strcmp(methods[i].name, name)) continue;
        struct decompressor *d = calloc(1, sizeof(*d));
        if (d) d->method = &methods[i];
        return d;
    }
    return NULL;
}

static void end_member(struct decompressor *d)
{
    if (d->within) d->method->end(d);
    d->within = false;
}

void decompress_free(struct decompressor *d)
{
    if (d) end_member(d);
    free(d);
}

enum decompress_result decompress_run(struct decompressor *d, struct decompress_step *step)
{
    if (!d->within && !d->method->begin(d)) return DECOMPRESS_NO_MEMORY;
    d->within = true;
    enum decompress_result result = d->method->run(d, step);
    if (result != DECOMPRESS_MORE) end_member(d);
    return result;
}
