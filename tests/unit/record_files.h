/* Files for the tests of records: made, damaged and read. */
#ifndef TESTS_UNIT_RECORD_FILES_H
#define TESTS_UNIT_RECORD_FILES_H

#include "proto/files/records.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct path {
    char text[64];
};

static inline struct path path_make(const char *name)
{
    struct path p;
    snprintf(p.text, sizeof(p.text), "/tmp/sibyl_records_%ld_%s", (long)getpid(), name);
    return p;
}

static inline void message_has(const char *part)
{
    if (!strstr(err_message(), part)) {
        printf("\n  got: %s\n  want: %s\n", err_message(), part);
        CU_FAIL("wrong message");
    }
}

/* Without the fsync of file_write(): these tests write thousands of files. */
static inline void put_file(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL_FATAL(fwrite(data, 1, bytes, f), bytes);
    CU_ASSERT_EQUAL_FATAL(fclose(f), 0);
}

static inline unsigned char *pattern(size_t bytes, bool random)
{
    unsigned char *data = malloc(bytes ? bytes : 1);
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < bytes; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        data[i] = random ? (unsigned char)(x >> 32) : (unsigned char)(i / 64);
    }
    return data;
}

/* Reads to the end; *out_records counts those before it. */
static inline enum status read_all(const char *path, enum record_file_kind kind,
                                   size_t *out_records)
{
    struct record_reader r = {0};
    struct record record = {.type = 1};
    enum status st = record_reader_open(&r, path, kind);
    for (*out_records = 0; !st; (*out_records)++)
        if ((st = record_reader_next(&r, &record)) || record.type == RECORD_END) break;
    record_reader_close(&r);
    return st;
}

#endif
