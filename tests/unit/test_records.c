/* Record files: round trips, and every kind of damage must be noticed. */
#include "proto/files/records.h"

#include "base/digest.h"
#include "tests/unit/record_files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_three(const char *path, size_t middle, bool random)
{
    struct record_writer w;
    unsigned char *data = pattern(middle, random);
    CHECK_OK(record_writer_open(&w, path, RECORDS_DATASET));
    CHECK_OK(record_writer_put(&w, RECORD_HEADER, "head", 4));
    CHECK_OK(record_writer_put(&w, RECORD_BLOCK, data, middle));
    CHECK_OK(record_writer_put(&w, RECORD_STATE, NULL, 0));
    CHECK_OK(record_writer_close(&w));
    record_writer_abandon(&w);
    free(data);
}

static void round_trip(size_t bytes, bool random, bool smaller)
{
    struct path p = path_make("round");
    struct record_reader r = {0};
    struct record record;
    unsigned char *data = pattern(bytes, random);
    char *file;
    size_t file_bytes;
    write_three(p.text, bytes, random);
    CHECK_OK(file_read(p.text, &file, &file_bytes));
    free(file);
    /* head 16, four frames of 24, "head" 4, the end's count 8 */
    size_t plain = 16 + 4 * 24 + 4 + 8 + bytes;
    CU_ASSERT(smaller ? file_bytes < plain : file_bytes == plain);
    CHECK_OK(record_reader_open(&r, p.text, RECORDS_DATASET));
    CHECK_OK(record_reader_next(&r, &record));
    CU_ASSERT(record.type == RECORD_HEADER && record.bytes == 4 &&
              !memcmp(record.payload, "head", 4));
    CHECK_OK(record_reader_next(&r, &record));
    CU_ASSERT_EQUAL(record.type, RECORD_BLOCK);
    CU_ASSERT_EQUAL_FATAL(record.bytes, bytes);
    CU_ASSERT(!bytes || !memcmp(record.payload, data, bytes));
    CHECK_OK(record_reader_next(&r, &record));
    CU_ASSERT(record.type == RECORD_STATE && record.bytes == 0);
    CHECK_OK(record_reader_next(&r, &record));
    CU_ASSERT_EQUAL(record.type, RECORD_END);
    record_reader_close(&r);
    free(data);
    unlink(p.text);
}

static void test_round_trip(void)
{
    round_trip(0, false, false);
    round_trip(255, false, false); /* would shrink, but is below the threshold */
    round_trip(256, false, true);
    round_trip(256, true, false);
    round_trip(3000000, false, true);
    round_trip(3000000, true, false);
}

/* The layout of records.h, byte for byte. */
static void test_layout(void)
{
    struct path p = path_make("layout");
    char *file;
    size_t bytes;
    write_three(p.text, 1, false);
    CHECK_OK(file_read(p.text, &file, &bytes));
    static const unsigned char start[] = {
        'S', 'I', 'B', 'Y', 'L', '0', '1', '\n', 1, 0, 0, 0, 0, 0, 0, 0, /* file */
        1,   0,   0,   0,   4,   0,   0,   0,    4, 0, 0, 0, 0, 0, 0, 0};
    CU_ASSERT(bytes > 44 && !memcmp(file, start, sizeof(start)));
    CU_ASSERT(!memcmp(file + 40, "head", 4));
    CU_ASSERT(!memcmp(file + bytes - 8, "\3\0\0\0\0\0\0\0", 8));
    free(file);
    unlink(p.text);
}

static void damage(size_t middle, bool random)
{
    struct path p = path_make("whole"), q = path_make("damaged");
    char *file;
    size_t bytes, records;
    write_three(p.text, middle, random);
    CHECK_OK(file_read(p.text, &file, &bytes));
    CHECK_OK(read_all(p.text, RECORDS_DATASET, &records));
    CU_ASSERT_EQUAL(records, 3);
    for (size_t i = 0; i < bytes; i++) {
        static const unsigned char flips[] = {0x01, 0x80, 0xff};
        for (size_t k = 0; k < sizeof(flips); k++) {
            FILE *f = fopen(q.text, "wb");
            file[i] ^= (char)flips[k];
            CU_ASSERT_EQUAL_FATAL(fwrite(file, 1, bytes, f), bytes);
            fclose(f);
            file[i] ^= (char)flips[k];
            if (read_all(q.text, RECORDS_DATASET, &records) != SIBYL_E_FORMAT) {
                printf("\n  flip %02x of byte %zu\n", flips[k], i);
                CU_FAIL("a flip went unnoticed");
            }
        }
    }
    for (size_t left = 0; left < bytes; left++) {
        FILE *f = fopen(q.text, "wb");
        CU_ASSERT_EQUAL_FATAL(fwrite(file, 1, left, f), left);
        fclose(f);
        CU_ASSERT_EQUAL(read_all(q.text, RECORDS_DATASET, &records), SIBYL_E_FORMAT);
    }
    FILE *f = fopen(q.text, "wb");
    CU_ASSERT_EQUAL(fwrite(file, 1, bytes, f) + fwrite("x", 1, 1, f), bytes + 1);
    fclose(f);
    CU_ASSERT_EQUAL(read_all(q.text, RECORDS_DATASET, &records), SIBYL_E_FORMAT);
    free(file);
    unlink(p.text);
    unlink(q.text);
}

static void test_damage_plain(void)
{
    damage(100, true);
}

static void test_damage_compressed(void)
{
    damage(2000, false);
}

static void test_kinds(void)
{
    struct path p = path_make("kind");
    struct record_reader r = {0};
    struct record_appender a;
    enum record_file_kind kind = RECORDS_JOURNAL;
    write_three(p.text, 10, false);
    CU_ASSERT_EQUAL(record_reader_open(&r, p.text, RECORDS_PREDICTOR), SIBYL_E_FORMAT);
    message_has("is a dataset; a predictor is wanted");
    message_has(p.text);
    CU_ASSERT_EQUAL(record_appender_open(&a, p.text, RECORDS_JOURNAL, NULL, NULL), SIBYL_E_FORMAT);
    message_has("is a dataset; a journal is wanted");
    CU_ASSERT_EQUAL(record_appender_open(&a, p.text, RECORDS_DATASET, NULL, NULL), SIBYL_E_FORMAT);
    message_has("nothing can be appended");
    CHECK_OK(record_file_kind_of(p.text, &kind));
    CU_ASSERT_EQUAL(kind, RECORDS_DATASET);
    CHECK_OK(file_write(p.text, "index,arch\n1,2\n3,4\n", 19));
    CU_ASSERT_EQUAL(record_file_kind_of(p.text, &kind), SIBYL_E_FORMAT);
    message_has("not a sibyl file");
    CHECK_OK(file_write(p.text, "SIBYL99\n\1\0\0\0\0\0\0\0", 16));
    CU_ASSERT_EQUAL(record_file_kind_of(p.text, &kind), SIBYL_E_FORMAT);
    message_has("version");
    unlink(p.text);
    CU_ASSERT_EQUAL(record_file_kind_of(p.text, &kind), SIBYL_E_IO);
    CU_ASSERT_EQUAL(record_reader_open(&r, p.text, RECORDS_DATASET), SIBYL_E_IO);
    message_has(p.text);
    record_reader_close(&r);
}

/* A failed or given-up write leaves the older file. */
static void test_abandon(void)
{
    struct path p = path_make("abandon");
    struct record_writer w;
    size_t records;
    write_three(p.text, 10, false);
    CHECK_OK(record_writer_open(&w, p.text, RECORDS_DATASET));
    CHECK_OK(record_writer_put(&w, RECORD_BLOCK, "x", 1));
    record_writer_abandon(&w);
    record_writer_abandon(&w);
    CHECK_OK(read_all(p.text, RECORDS_DATASET, &records));
    CU_ASSERT_EQUAL(records, 3);
    unlink(p.text);
}

/* A small record that claims a gigabyte is refused before anything is allocated for it. */
static void test_false_sizes(void)
{
    struct path p = path_make("sizes");
    char *file;
    size_t bytes, records;
    write_three(p.text, 2000, false);
    CHECK_OK(file_read(p.text, &file, &bytes));
    for (size_t field = 4; field <= 8; field += 4) {
        char was[4];
        memcpy(was, file + 44 + field, 4); /* the second record's stored, then raw bytes */
        memcpy(file + 44 + field, "\xff\xff\xff\x7f", 4);
        put_file(p.text, file, bytes);
        CU_ASSERT_EQUAL(read_all(p.text, RECORDS_DATASET, &records), SIBYL_E_FORMAT);
        message_has("record 1 at byte 44");
        memcpy(file + 44 + field, was, 4);
    }
    free(file);
    unlink(p.text);
}

/* A compressed record with a right checksum that does not expand to what it states. */
static void test_bomb(void)
{
    struct path p = path_make("bomb");
    char *file;
    size_t bytes, records;
    write_three(p.text, 100000, false);
    CHECK_OK(file_read(p.text, &file, &bytes));
    unsigned char *frame = (unsigned char *)file + 44, *words;
    size_t stored = frame[4] | (size_t)frame[5] << 8,
           raw = frame[8] | (size_t)frame[9] << 8 | (size_t)frame[10] << 16;
    CU_ASSERT_EQUAL_FATAL(raw, 100000);
    CU_ASSERT_FATAL(44 + 24 + stored < bytes);
    static const char *const told[] = {"", "its compressed size is not the one it states",
                                       "it claims to expand to 100 times its size or more",
                                       "its sizes are damaged"};
    for (int i = 0; i < 4; i++) {
        static const unsigned char low[] = {0xA0, 0xA1, 0xA0, 0xA0}, /* 100000, one more, */
            top[] = {0x00, 0x00, 0x01, 0x40};                        /* 16 MiB more, 1 GiB more */
        frame[8] = low[i];
        frame[11] = top[i];
        words = malloc(16 + stored);
        memcpy(words, frame, 16);
        memcpy(words + 16, frame + 24, stored);
        uint64_t sum = digest_xxh64(words, 16 + stored);
        free(words);
        for (int k = 0; k < 8; k++) frame[16 + k] = (unsigned char)(sum >> (8 * k));
        put_file(p.text, file, bytes);
        CU_ASSERT_EQUAL(read_all(p.text, RECORDS_DATASET, &records), i ? SIBYL_E_FORMAT : SIBYL_OK);
        if (i) message_has("record 1 at byte 44");
        if (i) message_has(told[i]);
    }
    free(file);
    unlink(p.text);
}

int main(void)
{
    CU_TestInfo tests[] = {{"round trip", test_round_trip},
                           {"layout", test_layout},
                           {"damage, plain", test_damage_plain},
                           {"damage, compressed", test_damage_compressed},
                           {"kinds", test_kinds},
                           {"abandon", test_abandon},
                           {"false sizes", test_false_sizes},
                           {"bomb", test_bomb},
                           CU_TEST_INFO_NULL};
    return unit_run("records", tests);
}
