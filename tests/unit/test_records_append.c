/* Journals, which grow by records: what a kill leaves is cut off, all other damage is refused. */
#include "proto/files/records.h"

#include "base/file.h"
#include "tests/unit/record_files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- places ---- */

static bool fits(const struct record_place *place, const char *path)
{
    return record_place_fits(place, path, RECORDS_JOURNAL);
}

/* A place is that of a file as long as what stands before it is there: place i is behind record i.
 */
static void test_places(void)
{
    struct path p = path_make("places"), none = path_make("places_none");
    struct record_place places[4];
    struct record_appender a;
    size_t start[5];
    char *file = journal_make(p.text, start);
    unlink(p.text);
    CHECK_OK(record_appender_open(&a, p.text, RECORDS_JOURNAL, NULL, NULL));
    CU_ASSERT_FALSE(fits(&a.place, p.text)); /* there is no record by which it could be known */
    for (size_t i = 0; i < 4; i++) {
        append(&a, i);
        places[i] = a.place;
        CU_ASSERT_EQUAL(places[i].record, i + 1);
        CU_ASSERT_EQUAL(places[i].offset, start[i + 1]);
        CU_ASSERT_EQUAL(places[i].before, start[i]);
    }
    record_appender_close(&a);
    reopen(&a, p.text, SIBYL_OK); /* reading comes to the same place as writing */
    CU_ASSERT(a.place.record == 4 && a.place.offset == start[4] && a.place.before == start[3]);
    CU_ASSERT_EQUAL(memcmp(a.place.head, places[3].head, sizeof(a.place.head)), 0);
    CU_ASSERT_EQUAL(a.place.largest, places[3].largest);
    record_appender_close(&a);
    for (size_t i = 0; i < 4; i++) {
        for (size_t left = 0; left <= start[4]; left++) {
            put_file(p.text, file, left);
            CU_ASSERT_EQUAL(fits(&places[i], p.text), left >= start[i + 1]);
        }
        for (size_t at = start[i]; at < start[i] + 24; at++) { /* the record before it is another */
            file[at] ^= 1;
            put_file(p.text, file, start[4]);
            CU_ASSERT_FALSE(fits(&places[i], p.text));
            file[at] ^= 1;
        }
        put_file(p.text, file, start[4]);
        CU_ASSERT_FALSE(record_place_fits(&places[i], p.text, RECORDS_PREDICTOR));
        CU_ASSERT_FALSE(fits(&places[i], none.text));
    }
    free(file);
    unlink(p.text);
}

/* No place of a file fits it that is not one of those between its records. */
static void test_wrong_places(void)
{
    struct path p = path_make("wrong_places");
    struct record_appender a;
    size_t start[5];
    char *file = journal_make(p.text, start);
    reopen(&a, p.text, SIBYL_OK);
    const struct record_place good = a.place;
    record_appender_close(&a);
    CU_ASSERT_TRUE(fits(&good, p.text));
    for (uint64_t to = 0; to <= start[4] + 1; to++) {
        struct record_place wrong = good;
        wrong.offset = to;
        if (to != start[4]) CU_ASSERT_FALSE(fits(&wrong, p.text));
        wrong = good;
        wrong.before = to;
        if (to != start[3]) CU_ASSERT_FALSE(fits(&wrong, p.text));
    }
    free(file);
    unlink(p.text);
}

/* From a place on, only the records behind it are read, and others may be appended. */
static void test_open_at(void)
{
    struct path p = path_make("open_at");
    struct record_appender a;
    size_t start[5];
    struct record_place places[4];
    free(journal_make(p.text, start));
    unlink(p.text);
    CHECK_OK(record_appender_open(&a, p.text, RECORDS_JOURNAL, NULL, NULL));
    for (size_t i = 0; i < 4; i++) {
        append(&a, i);
        places[i] = a.place;
    }
    record_appender_close(&a);
    for (size_t i = 0; i < 4; i++) {
        struct replayed seen = {.count = i + 1};
        CHECK_OK(record_appender_open_at(&a, p.text, RECORDS_JOURNAL, &places[i], replay, &seen));
        CU_ASSERT_EQUAL(seen.count, 4);
        CU_ASSERT_FALSE(seen.wrong);
        CU_ASSERT_EQUAL(a.offset, start[4]);
        CU_ASSERT(a.place.record == 4 && a.place.before == start[3]);
        CU_ASSERT_EQUAL(memcmp(a.place.head, places[3].head, sizeof(a.place.head)), 0);
        record_appender_close(&a);
    }
    struct replayed seen = {.count = 2};
    CHECK_OK(record_appender_open_at(&a, p.text, RECORDS_JOURNAL, &places[1], replay, &seen));
    append(&a, 4);
    record_appender_close(&a);
    CU_ASSERT_EQUAL(reopen(&a, p.text, SIBYL_OK).count, 5);
    record_appender_close(&a);
    unlink(p.text);
}

/* A journal that is removed or cut while a run has it: what came then would be lost. */
static void test_taken_away(void)
{
    struct path p = path_make("journal");
    struct record_appender a;
    size_t start[5];
    free(journal_make(p.text, start));
    CU_ASSERT_EQUAL(reopen(&a, p.text, SIBYL_OK).count, 4);
    CU_ASSERT_EQUAL(truncate(p.text, (off_t)start[2]), 0);
    CU_ASSERT_EQUAL(record_appender_put(&a, 5, "x", 1), SIBYL_E_IO);
    message_has("was cut short meanwhile");
    record_appender_close(&a);
    CU_ASSERT_EQUAL(reopen(&a, p.text, SIBYL_OK).count, 2); /* no hole was made */
    CU_ASSERT_EQUAL(unlink(p.text), 0);
    CU_ASSERT_EQUAL(record_appender_put(&a, 3, "x", 1), SIBYL_E_IO);
    message_has("was removed meanwhile");
    record_appender_close(&a);
}

int main(void)
{
    CU_TestInfo tests[] = {{"append", test_append},
                           {"torn tail", test_torn_tail},
                           {"broken middle", test_broken_middle},
                           {"broken end", test_broken_end},
                           {"broken end, compressed", test_broken_end_compressed},
                           {"zeroed end", test_zeroed_end},
                           {"places", test_places},
                           {"places that are none", test_wrong_places},
                           {"opened at a place", test_open_at},
                           {"taken away", test_taken_away},
                           CU_TEST_INFO_NULL};
    return unit_run("records_append", tests);
}
