/* Record files: round trips, and every kind of damage must be noticed. */
#include "proto/files/records.h"

#include "base/digest.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct path {
    char text[64];
};

static struct path path_make(const char *name)
{
    struct path p;
    snprintf(p.text, sizeof(p.text), "/tmp/sibyl_records_%ld_%s", (long)getpid(), name);
    return p;
}

static void message_has(const char *part)
{
    if (!strstr(err_message(), part)) {
        printf("\n  got: %s\n  want: %s\n", err_message(), part);
        CU_FAIL("wrong message");
    }
}

/* Without the fsync of file_write(): these tests write thousands of files. */
static void put_file(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL_FATAL(fwrite(data, 1, bytes, f), bytes);
    CU_ASSERT_EQUAL_FATAL(fclose(f), 0);
}

static unsigned char *pattern(size_t bytes, bool random)
{
    unsigned char *data = malloc(bytes ? bytes : 1);
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < bytes; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        data[i] = random ? (unsigned char)(x >> 32) : (unsigned char)(i / 64);
    }
    return data;
}

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

/* Reads to the end; *out_records counts those before it. */
static enum status read_all(const char *path, enum record_file_kind kind, size_t *out_records)
{
    struct record_reader r = {0};
    struct record record = {.type = 1};
    enum status st = record_reader_open(&r, path, kind);
    for (*out_records = 0; !st; (*out_records)++)
        if ((st = record_reader_next(&r, &record)) || record.type == RECORD_END) break;
    record_reader_close(&r);
    return st;
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

/* ---- appending ---- */

struct replayed {
    size_t count, bytes;
    bool wrong, refuse;
};

/* Record i of the journal is (i + 1) * 100 bytes of the pattern, type i + 1. */
static enum status replay(void *context, const struct record *r)
{
    struct replayed *seen = context;
    if (seen->refuse) return err_set(SIBYL_E_FORMAT, "not this one");
    unsigned char *want = pattern((seen->count + 1) * 100, false);
    if (r->type != seen->count + 1 || r->bytes != (seen->count + 1) * 100 ||
        memcmp(r->payload, want, r->bytes))
        seen->wrong = true;
    free(want);
    seen->count++;
    seen->bytes += r->bytes;
    return SIBYL_OK;
}

static void append(struct record_appender *a, size_t i)
{
    unsigned char *data = pattern((i + 1) * 100, false);
    CHECK_OK(record_appender_put(a, (uint32_t)i + 1, data, (i + 1) * 100));
    free(data);
}

static struct replayed reopen(struct record_appender *a, const char *path, enum status want)
{
    struct replayed seen = {0};
    enum status st = record_appender_open(a, path, RECORDS_JOURNAL, replay, &seen);
    if (st != want) printf("\n  %s\n", err_message());
    CU_ASSERT_EQUAL_FATAL(st, want);
    CU_ASSERT_FALSE(seen.wrong);
    return seen;
}

/* Makes a journal of 4 records; start[i] is where record i begins, start[4] the end. */
static char *journal_make(const char *path, size_t start[5])
{
    struct record_appender a;
    char *file;
    size_t bytes;
    unlink(path);
    CU_ASSERT_EQUAL(reopen(&a, path, SIBYL_OK).count, 0);
    for (size_t i = 0; i < 4; i++) {
        start[i] = (size_t)a.offset;
        append(&a, i);
    }
    start[4] = (size_t)a.offset;
    record_appender_close(&a);
    CHECK_OK(file_read(path, &file, &bytes));
    CU_ASSERT_EQUAL_FATAL(bytes, start[4]);
    return file;
}

static void test_append(void)
{
    struct path p = path_make("journal");
    struct record_appender a;
    size_t start[5], records;
    free(journal_make(p.text, start));
    CU_ASSERT_EQUAL(reopen(&a, p.text, SIBYL_OK).count, 4);
    append(&a, 4);
    record_appender_close(&a);
    struct replayed seen = reopen(&a, p.text, SIBYL_OK);
    CU_ASSERT_EQUAL(seen.count, 5);
    CU_ASSERT_EQUAL(seen.bytes, 1500);
    record_appender_close(&a);
    CHECK_OK(read_all(p.text, RECORDS_JOURNAL, &records)); /* a journal has no end record */
    CU_ASSERT_EQUAL(records, 5);
    struct replayed refusing = {.refuse = true};
    CU_ASSERT_EQUAL(record_appender_open(&a, p.text, RECORDS_JOURNAL, replay, &refusing),
                    SIBYL_E_FORMAT);
    message_has("record 0: not this one");
    record_appender_close(&a);
    unlink(p.text);
}

/* Wherever a kill cuts the file, the whole records stay, and the next append comes right behind
 * them. */
static void test_torn_tail(void)
{
    struct path p = path_make("torn");
    struct record_appender a;
    size_t start[5];
    char *file = journal_make(p.text, start);
    for (size_t left = 0; left <= start[4]; left += left < start[1] ? 1 : 7) {
        put_file(p.text, file, left);
        size_t whole = 0;
        while (whole < 4 && start[whole + 1] <= left) whole++;
        CU_ASSERT_EQUAL(reopen(&a, p.text, SIBYL_OK).count, whole);
        CU_ASSERT_EQUAL(a.cut_bytes, left < start[0] ? 0 : left - start[whole]);
        append(&a, whole);
        record_appender_close(&a);
        CU_ASSERT_EQUAL(reopen(&a, p.text, SIBYL_OK).count, whole + 1);
        record_appender_close(&a);
    }
    /* Full length, but the disk never got the end of the last record. */
    memset(file + start[3] + 30, 0, start[4] - start[3] - 30);
    put_file(p.text, file, start[4]);
    CU_ASSERT_EQUAL(reopen(&a, p.text, SIBYL_OK).count, 3);
    CU_ASSERT_EQUAL(a.cut_bytes, start[4] - start[3]);
    record_appender_close(&a);
    free(file);
    unlink(p.text);
}

/* The file is refused as damaged in record 1, and left as it was. */
static void refused_in_record_1(const char *path, const char *file, size_t bytes)
{
    struct record_appender a;
    char *after;
    size_t bytes_after;
    put_file(path, file, bytes);
    reopen(&a, path, SIBYL_E_FORMAT);
    message_has("record 1 at byte");
    message_has("restore the file from a copy");
    CHECK_OK(file_read(path, &after, &bytes_after));
    CU_ASSERT(bytes_after == bytes && !memcmp(after, file, bytes));
    free(after);
}

/* No kill leaves more than one record unfinished: three that are damaged, up to the end of the
 * file, are refused, whichever bit of the first is wrong, those of its sizes too. */
static void test_broken_end(void)
{
    struct path p = path_make("end");
    size_t start[5];
    char *file = journal_make(p.text, start);
    file[start[2] + 30] ^= 0x10;
    file[start[3] + 30] ^= 0x10;
    for (size_t i = start[1]; i < start[2]; i++) {
        for (int bit = 0; bit < 8; bit++) {
            file[i] ^= (char)(1 << bit);
            refused_in_record_1(p.text, file, start[4]);
            file[i] ^= (char)(1 << bit);
        }
    }
    free(file);
    unlink(p.text);
}

/* The same where the first of them is compressed. */
static void test_broken_end_compressed(void)
{
    struct path p = path_make("end_compressed");
    struct record_appender a;
    unsigned char *data = pattern(600, false);
    char *file;
    size_t begin = 0, bytes;
    unlink(p.text);
    CHECK_OK(record_appender_open(&a, p.text, RECORDS_JOURNAL, NULL, NULL));
    for (int i = 0; i < 4; i++) {
        if (i == 1) begin = (size_t)a.offset;
        CHECK_OK(record_appender_put(&a, 1, data, i == 1 ? 600 : 60));
    }
    record_appender_close(&a);
    CHECK_OK(file_read(p.text, &file, &bytes));
    size_t middle = bytes - 2 * (24 + 60);
    CU_ASSERT_FATAL(middle - begin < 24 + 300);
    file[middle + 30] ^= 0x10;
    file[bytes - 10] ^= 0x10;
    for (size_t i = begin; i < middle; i++) {
        for (int bit = 0; bit < 8; bit++) {
            file[i] ^= (char)(1 << bit);
            put_file(p.text, file, bytes);
            CU_ASSERT_EQUAL(record_appender_open(&a, p.text, RECORDS_JOURNAL, NULL, NULL),
                            SIBYL_E_FORMAT);
            message_has("record 1 at byte");
            file[i] ^= (char)(1 << bit);
        }
    }
    free(file);
    free(data);
    unlink(p.text);
}

/* Zeros to the end of the file: a power failure leaves them in one record at most. */
static void test_zeroed_end(void)
{
    enum { RECORDS = 20, BYTES = 60, FRAME = 24 + BYTES };
    struct path p = path_make("zeros");
    struct record_appender a;
    unsigned char *data = pattern(BYTES, true);
    char *file;
    size_t bytes;
    unlink(p.text);
    CHECK_OK(record_appender_open(&a, p.text, RECORDS_JOURNAL, NULL, NULL));
    for (int i = 0; i < RECORDS; i++) CHECK_OK(record_appender_put(&a, 1, data, BYTES));
    record_appender_close(&a);
    CHECK_OK(file_read(p.text, &file, &bytes));
    CU_ASSERT_EQUAL_FATAL(bytes, 16 + RECORDS * FRAME);
    for (size_t zeros = 1; zeros < bytes - 16 - 2 * FRAME; zeros++) {
        size_t whole = (bytes - 16 - zeros) / FRAME, tail = bytes - 16 - whole * FRAME;
        memset(file + bytes - zeros, 0, zeros);
        put_file(p.text, file, bytes);
        enum status st = record_appender_open(&a, p.text, RECORDS_JOURNAL, NULL, NULL);
        if (tail <= FRAME) {
            CU_ASSERT_EQUAL(st, SIBYL_OK);
            CU_ASSERT_EQUAL(a.offset, bytes - tail);
            CU_ASSERT_EQUAL(a.cut_bytes, tail);
        } else if (tail > 2 * FRAME) {
            CU_ASSERT_EQUAL(st, SIBYL_E_FORMAT);
            message_has("is damaged");
        }
        record_appender_close(&a);
    }
    free(file);
    free(data);
    unlink(p.text);
}

/* Damage with whole records behind it is refused, wherever it is, and the file is left as it was.
 */
static void test_broken_middle(void)
{
    struct path p = path_make("middle");
    struct record_appender a;
    size_t start[5];
    char *file = journal_make(p.text, start);
    for (size_t i = start[0]; i < start[3]; i++) {
        char *after;
        size_t bytes;
        file[i] ^= 0x11;
        put_file(p.text, file, start[4]);
        reopen(&a, p.text, SIBYL_E_FORMAT);
        message_has("whole records behind it");
        CHECK_OK(file_read(p.text, &after, &bytes));
        CU_ASSERT(bytes == start[4] && !memcmp(after, file, bytes));
        free(after);
        file[i] ^= 0x11;
    }
    free(file);
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
                           {"append", test_append},
                           {"torn tail", test_torn_tail},
                           {"broken middle", test_broken_middle},
                           {"broken end", test_broken_end},
                           {"broken end, compressed", test_broken_end_compressed},
                           {"zeroed end", test_zeroed_end},
                           CU_TEST_INFO_NULL};
    return unit_run("records", tests);
}
