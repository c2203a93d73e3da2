#include "proto/files/record_frame.h"

#include "base/content.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#define MAGIC "SIBYL01\n"
#define MAGIC_BYTES 8
#define NAME_BYTES 5      /* of the magic, before the version */
#define COMPRESS_FROM 256 /* bytes; less is not worth it */
#define COMPRESS_LEVEL 3
#define ZSTD_HEAD_BYTES 18 /* at most, of a zstd frame */
#define WORDS_BYTES 16     /* type, stored, raw, zero */

struct head {
    uint32_t type, stored, raw, zero;
    uint64_t checksum;
};

static uint32_t u32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_u32(unsigned char *p, uint32_t value)
{
    for (int i = 0; i < 4; i++) p[i] = (unsigned char)(value >> (8 * i));
}

uint64_t record_frame_u64(const unsigned char *p)
{
    return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

void record_frame_put_u64(unsigned char *p, uint64_t value)
{
    put_u32(p, (uint32_t)value);
    put_u32(p + 4, (uint32_t)(value >> 32));
}

/* ---- the file's first bytes ---- */

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case RECORDS_DATASET:
        return "a dataset";
    case RECORDS_PREDICTOR:
        return "a predictor";
    case RECORDS_JOURNAL:
        return "a journal";
    case RECORDS_CHECKPOINT:
        return "a checkpoint";
    default:
        return NULL;
    }
}

void record_frame_file_head(unsigned char out[RECORD_FILE_HEAD_BYTES], enum record_file_kind kind)
{
    memcpy(out, MAGIC, MAGIC_BYTES);
    put_u32(out + 8, (uint32_t)kind);
    put_u32(out + 12, 0);
}

bool record_frame_is_file(const unsigned char *head, size_t bytes)
{
    return bytes >= NAME_BYTES && !memcmp(head, MAGIC, NAME_BYTES);
}

enum status record_frame_file_kind(const unsigned char *head, size_t bytes, const char *path,
                                   enum record_file_kind *out)
{
    if (record_frame_is_file(head, bytes) && bytes >= MAGIC_BYTES &&
        memcmp(head, MAGIC, MAGIC_BYTES))
        return err_set(SIBYL_E_FORMAT,
                       "%s: unknown format version (or damaged head); this sibyl reads version 01",
                       path);
    struct content content;
    if (!record_frame_is_file(head, bytes) && content_recognise(head, bytes, &content))
        return err_set(SIBYL_E_FORMAT, "%s is %s, and no sibyl file: `sibyl import` makes one",
                       path, content.what);
    if (bytes < RECORD_FILE_HEAD_BYTES || memcmp(head, MAGIC, MAGIC_BYTES))
        return err_set(SIBYL_E_FORMAT,
                       "%s is not a sibyl file; make one with `sibyl import`, or check the path",
                       path);
    uint32_t kind = u32(head + 8);
    if (!kind_name(kind) || u32(head + 12))
        return err_set(SIBYL_E_FORMAT,
                       "%s: the head is damaged (kind %" PRIu32 ", reserved %" PRIu32 ")", path,
                       kind, u32(head + 12));
    *out = (enum record_file_kind)kind;
    return SIBYL_OK;
}

enum status record_frame_check_kind(const unsigned char *head, size_t bytes, const char *path,
                                    enum record_file_kind kind)
{
    enum record_file_kind found = kind;
    enum status st = record_frame_file_kind(head, bytes, path, &found);
    if (st) return st;
    if (found != kind)
        return err_set(SIBYL_E_FORMAT, "%s is %s; %s is wanted here", path, kind_name(found),
                       kind_name(kind));
    return SIBYL_OK;
}

/* ---- a record to bytes ---- */

/* XXH3 over two pieces; false if there is no memory for its state. */
static bool checksum(const unsigned char *words, const unsigned char *payload, size_t bytes,
                     uint64_t *out)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state) return false;
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, words, WORDS_BYTES);
    if (bytes) XXH3_64bits_update(state, payload, bytes);
    *out = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return true;
}

/* Whether a record may be so much larger than it is stored. */
static bool may_expand(uint64_t stored, uint64_t raw)
{
    return raw <= RECORD_EXPAND_BYTES || raw <= RECORD_EXPAND_MAX * stored;
}

/* Leaves out->owned NULL when compression does not make it smaller, or smaller than it may. */
static enum status compress(struct record_frame *out, const char *path, const void *payload,
                            size_t bytes)
{
    unsigned char *packed = malloc(bytes);
    if (!packed) return err_memory(path);
    size_t used = ZSTD_compress(packed, bytes - 1, payload, bytes, COMPRESS_LEVEL);
    if (ZSTD_isError(used) || !may_expand(used, bytes)) { /* an error: too little room */
        free(packed);
        return SIBYL_OK;
    }
    out->payload = out->owned = packed;
    out->bytes = used;
    return SIBYL_OK;
}

enum status record_frame_make(struct record_frame *out, const char *path, uint32_t type,
                              const void *payload, size_t bytes)
{
    *out = (struct record_frame){.payload = payload, .bytes = bytes};
    if (bytes > RECORD_BYTES_MAX)
        return err_set(SIBYL_E_RANGE, "%s: a record of %zu bytes is more than the limit of %u",
                       path, bytes, RECORD_BYTES_MAX);
    enum status st = bytes >= COMPRESS_FROM ? compress(out, path, payload, bytes) : SIBYL_OK;
    if (st) return st;
    uint64_t sum;
    put_u32(out->head, type);
    put_u32(out->head + 4, (uint32_t)out->bytes);
    put_u32(out->head + 8, (uint32_t)bytes);
    put_u32(out->head + 12, 0);
    if (!checksum(out->head, out->payload, out->bytes, &sum)) {
        free(out->owned);
        out->owned = NULL;
        return err_memory(path);
    }
    record_frame_put_u64(out->head + WORDS_BYTES, sum);
    return SIBYL_OK;
}

/* ---- bytes to a record ---- */

static struct head head_parse(const unsigned char *p)
{
    return (struct head){u32(p), u32(p + 4), u32(p + 8), u32(p + 12),
                         record_frame_u64(p + WORDS_BYTES)};
}

static bool head_is_sound(const struct head *h)
{
    return h->zero == 0 && h->stored <= h->raw && h->raw <= RECORD_BYTES_MAX &&
           may_expand(h->stored, h->raw);
}

bool record_frame_is_whole(const unsigned char *data, size_t bytes)
{
    if (bytes < RECORD_FRAME_BYTES) return false;
    struct head h = head_parse(data);
    uint64_t sum;
    return head_is_sound(&h) && h.stored <= bytes - RECORD_FRAME_BYTES &&
           checksum(data, data + RECORD_FRAME_BYTES, h.stored, &sum) && sum == h.checksum;
}

/* Do the sizes of a compressed record's head agree with its payload, as far as that is there? It
 * tells of both sizes itself: of the raw one at its beginning, of the stored one by its own end. */
static bool sizes_agree(const struct head *h, const unsigned char *payload, size_t bytes)
{
    if (h->raw < COMPRESS_FROM) return false;
    if (bytes < ZSTD_HEAD_BYTES || u32(payload) == 0) return true; /* it never got to the disk */
    if (ZSTD_getFrameContentSize(payload, bytes) != h->raw) return false;
    if (h->stored <= bytes) return true;
    return ZSTD_isError(ZSTD_findFrameCompressedSize(payload, bytes)); /* cut short, as it says */
}

bool record_frame_size(const unsigned char *data, size_t bytes, uint64_t *out)
{
    if (bytes < RECORD_FRAME_BYTES) return false;
    struct head h = head_parse(data);
    if (!head_is_sound(&h) || h.type == RECORD_END) return false;
    if (h.stored < h.raw && !sizes_agree(&h, data + RECORD_FRAME_BYTES, bytes - RECORD_FRAME_BYTES))
        return false;
    *out = RECORD_FRAME_BYTES + (uint64_t)h.stored;
    return true;
}

static enum status broken(const struct record_reader *r, const char *what)
{
    return err_set(SIBYL_E_FORMAT, "%s: record %" PRIu64 " at byte %" PRIu64 ": %s", r->path,
                   r->record, r->offset, what);
}

static enum status room(unsigned char **buffer, size_t *capacity, size_t bytes, const char *path)
{
    if (bytes <= *capacity) return SIBYL_OK;
    unsigned char *grown = realloc(*buffer, bytes);
    if (!grown) return err_memory(path);
    *buffer = grown;
    *capacity = bytes;
    return SIBYL_OK;
}

static enum status payload_expand(struct record_reader *r, const struct head *h)
{
    if (ZSTD_getFrameContentSize(r->stored, h->stored) != h->raw)
        return broken(r, "its compressed size is not the one it states");
    enum status st = room(&r->payload, &r->capacity, h->raw, r->path);
    if (st) return st;
    size_t got = ZSTD_decompress(r->payload, h->raw, r->stored, h->stored);
    if (ZSTD_isError(got) || got != h->raw) return broken(r, "it cannot be decompressed");
    return SIBYL_OK;
}

/* The head of the record at r->offset, as its bytes and in parts. */
static enum status head_read(struct record_reader *r, unsigned char *bytes, struct head *h)
{
    uint64_t left = r->size - r->offset;
    if (left == 0) return broken(r, "the file ends without its end record: it was cut short");
    if (left < RECORD_FRAME_BYTES) return broken(r, "the file is cut short inside it");
    enum status st = file_read_at(r->fd, r->path, bytes, RECORD_FRAME_BYTES, r->offset);
    if (st) return st;
    *h = head_parse(bytes);
    if (!head_is_sound(h) && h->raw <= RECORD_BYTES_MAX && !may_expand(h->stored, h->raw))
        return broken(r,
                      "it claims to expand to 100 times its size or more: its sizes are damaged");
    if (!head_is_sound(h)) return broken(r, "its sizes are damaged");
    if (h->stored > left - RECORD_FRAME_BYTES)
        return broken(r, "the file is cut short inside it (or its size is wrong)");
    return SIBYL_OK;
}

enum status record_frame_measure(struct record_reader *r, struct record_mark *out,
                                 uint64_t *out_next)
{
    unsigned char bytes[RECORD_FRAME_BYTES];
    struct head h = {0};
    enum status st = head_read(r, bytes, &h);
    if (st) return st;
    *out = (struct record_mark){h.type, h.checksum};
    *out_next = r->offset + RECORD_FRAME_BYTES + h.stored;
    return SIBYL_OK;
}

enum status record_frame_read(struct record_reader *r, struct record *out)
{
    unsigned char bytes[RECORD_FRAME_BYTES];
    struct head h = {0};
    uint64_t sum;
    enum status st = head_read(r, bytes, &h);
    if (st) return st;
    bool packed = h.stored < h.raw;
    unsigned char **buffer = packed ? &r->stored : &r->payload;
    st = room(buffer, packed ? &r->stored_capacity : &r->capacity, h.stored, r->path);
    if (!st) st = file_read_at(r->fd, r->path, *buffer, h.stored, r->offset + RECORD_FRAME_BYTES);
    if (st) return st;
    if (!checksum(bytes, *buffer, h.stored, &sum)) return err_memory(r->path);
    if (sum != h.checksum) return broken(r, "wrong checksum: the file is damaged");
    if (packed && (st = payload_expand(r, &h))) return st;
    *out = (struct record){
        .type = h.type, .bytes = h.raw, .payload = r->payload, .checksum = h.checksum};
    r->offset += RECORD_FRAME_BYTES + h.stored;
    r->record++;
    return SIBYL_OK;
}
