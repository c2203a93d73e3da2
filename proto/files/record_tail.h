/* The end of an appended file behind its last whole record: what one interrupted append leaves, or
 * damage? Local.
 *
 * Every append is on the disk before the next begins, so that a kill or a power failure can leave
 * at most one record unfinished: its first bytes, or a file as long as it with zeros where bytes
 * never got to the disk. */
#ifndef PROTO_FILES_RECORD_TAIL_H
#define PROTO_FILES_RECORD_TAIL_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct record_tail {
    const char *path;
    uint64_t record, offset; /* of the broken record: its number, and where it begins */
    const unsigned char *data;
    size_t bytes;     /* from there to the end of the file */
    uint64_t largest; /* bytes of the largest record before it; 0: there is none to compare with */
};

/* SIBYL_OK: an interrupted append can have left this. SIBYL_E_FORMAT: it is damage; the message
 * says where, and what to do. */
enum status record_tail_check(const struct record_tail *t);

#endif
