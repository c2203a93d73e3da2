#include "proto/files/record_tail.h"

#include "proto/files/record_frame.h"

#include <inttypes.h>
#include <stdbool.h>

#define SECTOR_BYTES 512
#define CHECKSUM_AT 16 /* in a head, and up to its end */
/* How large a record may be of which no size is left, where no other is there to compare with. */
#define UNSIZED_BYTES_MAX 4096

static bool all_zero(const unsigned char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (data[i]) return false;
    return true;
}

/* Zeros in place of the head's end, or of its beginning up to the border of a sector: what it says
 * of its size cannot be believed. (Its checksum and its type are not 0.) */
static bool head_never_came(const struct record_tail *t)
{
    size_t border = SECTOR_BYTES - (size_t)(t->offset % SECTOR_BYTES);
    return all_zero(t->data + CHECKSUM_AT, RECORD_FRAME_BYTES - CHECKSUM_AT) ||
           all_zero(t->data, border < RECORD_FRAME_BYTES ? border : RECORD_FRAME_BYTES);
}

/* Where a size is not known, that of other records is the measure, with room for a larger one. */
static bool longer_than_a_record(const struct record_tail *t)
{
    return t->bytes > (t->largest ? 2 * t->largest : UNSIZED_BYTES_MAX);
}

static enum status damaged(const struct record_tail *t, const char *why, uint64_t where)
{
    return err_set(SIBYL_E_FORMAT,
                   "%s: record %" PRIu64 " at byte %" PRIu64 " is damaged, %s %" PRIu64
                   "; restore the file from a copy, or give up what is behind byte %" PRIu64
                   " (truncate -s %" PRIu64 ")",
                   t->path, t->record, t->offset, why, where, t->offset, t->offset);
}

enum status record_tail_check(const struct record_tail *t)
{
    uint64_t size = 0, end = t->offset + t->bytes;
    for (size_t i = 0; i + RECORD_FRAME_BYTES <= t->bytes; i++)
        if (record_frame_is_whole(t->data + i, t->bytes - i))
            return damaged(t, "with whole records behind it from byte", t->offset + i);
    if (t->bytes < RECORD_FRAME_BYTES) return SIBYL_OK;
    if (head_never_came(t))
        return longer_than_a_record(t)
                   ? damaged(t, "with zeros longer than an unfinished record up to byte", end)
                   : SIBYL_OK;
    if (!record_frame_size(t->data, t->bytes, &size))
        return damaged(t, "for no write of it leaves such a head; the file ends at byte", end);
    if (size < t->bytes)
        return damaged(t, "and no unfinished one, for more is behind its end at byte",
                       t->offset + size);
    return SIBYL_OK;
}
