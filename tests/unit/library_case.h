/* What the tests of libsibyl share: calls that must succeed or be refused, and small networks. */
#ifndef TESTS_UNIT_LIBRARY_CASE_H
#define TESTS_UNIT_LIBRARY_CASE_H

#include "tests/unit/unit.h"

#include <sibyl/sibyl.h>

#include <stdlib.h>
#include <string.h>

/* A call that takes &status as its last argument and must succeed. */
#define WORKS(call)                                                                                \
    do {                                                                                           \
        struct sibyl_status status;                                                                \
        memset(&status, 0xee, sizeof(status));                                                     \
        enum sibyl_code call_code = (call);                                                        \
        if (call_code) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, status.message);         \
        CU_ASSERT_EQUAL_FATAL(call_code, SIBYL_CODE_OK);                                           \
        CU_ASSERT_EQUAL(status.code, SIBYL_CODE_OK);                                               \
        CU_ASSERT_STRING_EQUAL(status.message, "");                                                \
    } while (0)

/* One that must fail with this code, a message that has this text, and the same code again. */
#define REFUSED(call, wanted, text)                                                                \
    do {                                                                                           \
        struct sibyl_status status;                                                                \
        memset(&status, 0xee, sizeof(status));                                                     \
        enum sibyl_code call_code = (call);                                                        \
        if (call_code != (wanted) || !strstr(status.message, text))                                \
            fprintf(stderr, "%s:%d: code %d: %s\n", __FILE__, __LINE__, (int)call_code,            \
                    status.message);                                                               \
        CU_ASSERT_EQUAL(call_code, wanted);                                                        \
        CU_ASSERT_EQUAL(status.code, call_code);                                                   \
        CU_ASSERT_PTR_NOT_NULL(strstr(status.message, text));                                      \
    } while (0)

#define CASE_OPERATIONS 4
static const char *const case_operations[CASE_OPERATIONS] = {"input", "output", "conv", "pool"};

/* Room for a text, within a function. */
#define ROOM(buffer) (&(struct sibyl_text){buffer, sizeof(buffer)})

/* An empty file for a test; its name is the caller's to remove and free. */
static inline char *case_file(void)
{
    char *path = strdup("/tmp/sibyl_library_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    FILE *f = fdopen(fd, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fclose(f);
    return path;
}

static inline void case_write(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(fwrite(data, 1, bytes, f), bytes);
    CU_ASSERT_EQUAL(fclose(f), 0);
}

/* All of a file; the caller frees it. */
static inline unsigned char *case_read(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    CU_ASSERT_FATAL(size > 0);
    unsigned char *data = malloc((size_t)size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    rewind(f);
    CU_ASSERT_EQUAL(fread(data, 1, (size_t)size, f), (size_t)size);
    fclose(f);
    *bytes = (size_t)size;
    return data;
}

#endif
