#include "base/arena.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/fixed_point.h"
#include "base/identity.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/text.h"
#include "tests/unit/unit.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- arena --- */

static void test_arena_alignment(void)
{
    struct arena a;
    arena_init(&a);
    unsigned char *parts[300];
    for (size_t i = 0; i < 300; i++) {
        parts[i] = arena_alloc(&a, i * 37 % 5000);
        CU_ASSERT_PTR_NOT_NULL_FATAL(parts[i]);
        CU_ASSERT_EQUAL((uintptr_t)parts[i] % 64, 0);
        memset(parts[i], (int)(i & 0xff), i * 37 % 5000);
    }
    size_t wrong = 0;
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < i * 37 % 5000; k++) wrong += parts[i][k] != (i & 0xff);
    CU_ASSERT_EQUAL(wrong, 0);
    arena_release(&a);
}

/* After a reset the same sequence gets the same memory: nothing new is asked of the system. */
static void test_arena_reuse(void)
{
    struct arena a;
    void *first[50];
    arena_init(&a);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 50; i++) {
            void *p = arena_alloc(&a, 10000 + i);
            CU_ASSERT_PTR_NOT_NULL_FATAL(p);
            if (round == 0) first[i] = p;
            CU_ASSERT_PTR_EQUAL(p, first[i]);
        }
        arena_reset(&a);
    }
    arena_release(&a);
    CU_ASSERT_PTR_NULL(a.first);
    arena_release(&a);
}

/* What stands before the mark is untouched, what comes after a rewind takes the same room, also in
 * blocks that came later. */
static void test_arena_rewind(void)
{
    struct arena a;
    arena_init(&a);
    struct arena_mark empty = arena_mark(&a);
    unsigned char *kept = arena_alloc(&a, 100);
    memset(kept, 0x11, 100);
    struct arena_mark mark = arena_mark(&a);
    void *seen[3] = {NULL};
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 3; i++) {
            void *p = arena_alloc(&a, 50000 << i);
            memset(p, 0x22, 50000 << i);
            CU_ASSERT(round == 0 || p == seen[i]);
            seen[i] = p;
        }
        arena_rewind(&a, mark);
    }
    for (size_t i = 0; i < 100; i++) CU_ASSERT_EQUAL(kept[i], 0x11);
    arena_rewind(&a, empty);
    CU_ASSERT_PTR_EQUAL(arena_alloc(&a, 1), kept);
    arena_release(&a);
}

static void test_arena_calloc_and_strdup(void)
{
    struct arena a;
    arena_init(&a);
    memset(arena_alloc(&a, 800), 0xff, 800);
    arena_reset(&a);
    unsigned char *zeroed = arena_calloc(&a, 100, 8);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zeroed);
    for (int i = 0; i < 800; i++) CU_ASSERT_EQUAL(zeroed[i], 0);
    char *copy = arena_strdup(&a, "sibyl");
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    CU_ASSERT_STRING_EQUAL(copy, "sibyl");
    (void)err_set(SIBYL_OK, "none");
    CU_ASSERT_PTR_NULL(arena_calloc(&a, SIZE_MAX / 4, 8));
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "memory"));
    CU_ASSERT_PTR_NULL(arena_alloc(&a, SIZE_MAX - 10));
    arena_release(&a);
}

/* --- files --- */

static char folder[64];

static int make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/sibyl-test-base-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void check_content(const char *path, const char *expected, size_t bytes)
{
    char *data = NULL;
    size_t got = 0;
    CHECK_OK(file_read(path, &data, &got));
    CU_ASSERT_EQUAL(got, bytes);
    CU_ASSERT(got == bytes && memcmp(data, expected, bytes) == 0);
    CU_ASSERT_EQUAL(data[got], '\0');
    free(data);
}

static void test_file_write_and_read(void)
{
    char *path = file_join(folder, "a.bin");
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    CHECK_OK(file_write(path, "one\0two", 7));
    check_content(path, "one\0two", 7);
    CHECK_OK(file_write(path, "", 0));
    check_content(path, "", 0);
    size_t large = 300001;
    char *data = malloc(large);
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    for (size_t i = 0; i < large; i++) data[i] = (char)(i * 31 >> 3);
    CHECK_OK(file_write(path, data, large));
    check_content(path, data, large);
    free(data);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(file_read(path, &data, &large), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), path));
    free(path);
}

/* Until the commit a reader sees the old content; abandoning leaves it, and no other file. */
static void test_file_abandon_keeps_old(void)
{
    struct file_writer w;
    char *path = file_join(folder, "b.txt");
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    CHECK_OK(file_write(path, "old", 3));
    CHECK_OK(file_write_begin(&w, path));
    fputs("half of the new", w.stream);
    fflush(w.stream);
    check_content(path, "old", 3);
    char *temporary = strdup(w.temporary_path);
    CU_ASSERT_EQUAL(access(temporary, F_OK), 0);
    file_write_abandon(&w);
    file_write_abandon(&w);
    CU_ASSERT_NOT_EQUAL(access(temporary, F_OK), 0);
    check_content(path, "old", 3);
    free(temporary);
    CHECK_OK(file_write(path, "new", 3));
    check_content(path, "new", 3);
    unlink(path);
    free(path);
}

/* A disk that is full, played by /dev/full: the commit fails and the old file is as it was. */
static void test_file_failed_write_keeps_old(void)
{
    struct file_writer w;
    char *path = file_join(folder, "c.txt");
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    CHECK_OK(file_write(path, "old", 3));
    CHECK_OK(file_write_begin(&w, path));
    w.stream = freopen("/dev/full", "wb", w.stream);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w.stream);
    fputs("new", w.stream);
    CU_ASSERT_EQUAL(file_write_commit(&w), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), path));
    check_content(path, "old", 3);
    unlink(path);
    CU_ASSERT_EQUAL(rmdir(folder), 0); /* no temporary file is left */
    CU_ASSERT_EQUAL(mkdir(folder, 0700), 0);
    free(path);
}

static void test_file_rename_fails(void)
{
    char *path = file_join(folder, "is_a_folder"), *inside = file_join(path, "x/y/z");
    CU_ASSERT_FATAL(path && inside);
    CHECK_OK(file_make_folder(inside));
    CHECK_OK(file_make_folder(inside));
    CU_ASSERT_EQUAL(file_write(path, "new", 3), SIBYL_E_IO);
    struct stat info;
    CU_ASSERT(stat(inside, &info) == 0 && S_ISDIR(info.st_mode));
    char *nowhere = file_join(folder, "no/such/folder/f");
    CU_ASSERT_PTR_NOT_NULL_FATAL(nowhere);
    CU_ASSERT_EQUAL(file_write(nowhere, "new", 3), SIBYL_E_IO);
    free(nowhere);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(rmdir(inside), 0);
        *strrchr(inside, '/') = '\0';
    }
    free(path);
    free(inside);
}

static void check_relative(const char *base, const char *path, const char *expected)
{
    char *got = file_relative_to(base, path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(got);
    CU_ASSERT_STRING_EQUAL(got, expected);
    free(got);
}

static void test_file_relative_to(void)
{
    check_relative("/jobs/a.yaml", "data.sibyl", "/jobs/data.sibyl");
    check_relative("jobs/a.yaml", "../d", "jobs/../d");
    check_relative("a.yaml", "d", "d");
    check_relative("jobs/a.yaml", "/d", "/d");
    check_relative("/a.yaml", "d", "/d");
}

/* --- digests --- */

static void test_digest_sha256(void)
{
    char text[SHA256_TEXT_BYTES]; /* FIPS 180-2 */
    digest_sha256_text("abc", 3, "", 0, text);
    CU_ASSERT_STRING_EQUAL(text,
                           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256_text("", 0, "", 0, text);
    CU_ASSERT_STRING_EQUAL(text,
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_sha256_text("abcdbcdecdefdefgefgh", 20, "fghighijhijkijkljklmklmnlmnomnopnopq", 36,
                       text);
    CU_ASSERT_STRING_EQUAL(text,
                           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* The empty input's values are those of the XXH3 specification. */
static void test_digest_xxh3(void)
{
    char text[HASH128_TEXT_BYTES];
    CU_ASSERT_EQUAL(digest_xxh64("", 0), 0x2d06800538d394c2u);
    hash128_text(digest_xxh128("", 0), text);
    CU_ASSERT_STRING_EQUAL(text, "99aa06d3014798d86001c324468d497f");
    CU_ASSERT_NOT_EQUAL(digest_xxh64("abc", 3), digest_xxh64("abd", 3));
    struct hash128 a = {1, 5}, b = {1, 6}, c = {2, 0};
    CU_ASSERT(hash128_compare(a, b) < 0 && hash128_compare(c, b) > 0 && hash128_compare(a, a) == 0);
    CU_ASSERT(hash128_compare(b, a) > 0 && hash128_compare(a, c) < 0);
    hash128_text((struct hash128){0xab, 0xc}, text);
    CU_ASSERT_STRING_EQUAL(text, "00000000000000ab000000000000000c");
}

/* --- status --- */

static void test_identity(void)
{
    struct identity_files files = {0}, replaced = {0};
    const struct identity none = {"job", NULL}, own = {"job", &files}, other = {"another", &files},
                          changed = {"job", &replaced};
    char alone[IDENTITY_TEXT_BYTES], text[IDENTITY_TEXT_BYTES];
    identity_files_add(&files, "table", "a.sibyl", "1234");
    identity_files_add(&files, "predictor", "p.sibyl", "5678");
    identity_files_add(&replaced, "table", "a.sibyl", "1234");
    identity_files_add(&replaced, "predictor", "p.sibyl", "567");
    identity_text(&none, alone);
    CU_ASSERT_STRING_EQUAL(alone, "job");
    identity_text(&own, text);
    CU_ASSERT_STRING_EQUAL(text, "job 1234 5678");
    CU_ASSERT_PTR_NULL(identity_changed_file(&own, text));
    CU_ASSERT_PTR_NULL(identity_changed_file(&other, text));
    CU_ASSERT_PTR_NULL(identity_changed_file(&own, "jobs 1234 5678"));
    CU_ASSERT_PTR_EQUAL(identity_changed_file(&changed, text), &replaced.list[1]);
    CU_ASSERT_PTR_EQUAL(identity_changed_file(&own, "job 123 5678"), &files.list[0]);
    CU_ASSERT_PTR_EQUAL(identity_changed_file(&own, alone), &files.list[0]);
}

static void test_status_messages(void)
{
    CU_ASSERT_EQUAL(err_set(SIBYL_E_RANGE, "x is %d", 5), SIBYL_E_RANGE);
    CU_ASSERT_STRING_EQUAL(err_message(), "x is 5");
    CU_ASSERT_EQUAL(err_prefix(SIBYL_E_IO, "line %d", 3), SIBYL_E_IO);
    CU_ASSERT_STRING_EQUAL(err_message(), "line 3: x is 5");
    CU_ASSERT_EQUAL(err_memory("a thing"), SIBYL_E_MEM);
    CU_ASSERT_STRING_EQUAL(err_message(), "out of memory for a thing");
    char text[3000];
    memset(text, 'y', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)err_set(SIBYL_E_IO, "%s", text);
    CU_ASSERT_EQUAL(strlen(err_message()), 1023);
    (void)err_prefix(SIBYL_E_IO, "where");
    CU_ASSERT_EQUAL(strlen(err_message()), 1023);
    CU_ASSERT_EQUAL(strncmp(err_message(), "where: yyy", 10), 0);
}

static void test_status_exit_codes(void)
{
    const int codes[] = {0, 1, 1, 1, 2, 1, 3};
    for (int st = SIBYL_OK; st <= SIBYL_E_STOPPED; st++)
        CU_ASSERT_EQUAL(status_exit_code((enum status)st), codes[st]);
}

/* --- fixed point --- */

/* Many at once are what each is by itself: small ones, those of more digits than a double has,
 * ties. */
static void test_fixed_values(void)
{
    enum { N = 1003 };
    int64_t sums[N];
    float out[N];
    struct rng r;
    rng_init(&r, 21, RNG_TEST, 0);
    for (int i = 0; i < N; i++) {
        uint64_t bits = (uint64_t)rng_u32(&r) << 32 | rng_u32(&r);
        sums[i] = (int64_t)bits >> rng_below(&r, 63);
    }
    sums[0] = INT64_MAX;
    sums[1] = INT64_MIN;
    sums[2] = (1 << 24) + 1;
    fixed_values(sums, N, out);
    for (int i = 0; i < N; i++) CU_ASSERT_EQUAL(out[i], (float)ldexp((double)sums[i], -40));
}

/* Jansson's own check of UTF-8, and C's of control characters, are the judges. */
static void check_printable(const char *text)
{
    char made[16];
    json_t *before = json_string(text);
    bool controls = false;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        controls |= iscntrl(*c) || (c[0] == 0xC2 && c[1] < 0xA0);
    snprintf(made, sizeof(made), "%s", text);
    text_make_printable(made);
    json_t *after = json_string(made);
    CU_ASSERT_PTR_NOT_NULL(after);
    CU_ASSERT_EQUAL(strlen(made), strlen(text));
    CU_ASSERT_EQUAL(strcmp(made, text) == 0, before && !controls);
    for (const unsigned char *c = (const unsigned char *)made; *c; c++) CU_ASSERT(!iscntrl(*c));
    json_decref(before);
    json_decref(after);
}

static void test_text_printable(void)
{
    CU_ASSERT(text_is_utf8("a\n\x7f \xc2\x80 \xe6\x97\xa5 \xf0\x9f\x98\x80"));
    CU_ASSERT_FALSE(text_is_utf8("\xe9t\xe9"));
    CU_ASSERT_FALSE(text_is_utf8("\xc0\x80"));
    CU_ASSERT_FALSE(text_is_utf8("\xe6\x97"));
    CU_ASSERT_FALSE(text_is_utf8("\xed\xa0\x80"));
    /* bytes at the edges of what each place in a character may be */
    static const unsigned char edges[] = {
        0x01, 0x1F, 0x20, 0x7E, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
        0xC3, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    const size_t n = sizeof(edges);
    for (size_t i = 0; i < n * n * n * n; i++) {
        char text[5] = {(char)edges[i % n], (char)edges[i / n % n], (char)edges[i / n / n % n],
                        (char)edges[i / n / n / n], '\0'};
        check_printable(text);
    }
    char cut[] = "h\xC3\xA9\xE2\x82"; /* in the middle of a character */
    text_make_printable(cut);
    CU_ASSERT_STRING_EQUAL(cut, "h\xC3\xA9??");
}

int main(void)
{
    CU_TestInfo tests[] = {{"arena: alignment", test_arena_alignment},
                           {"arena: reuse", test_arena_reuse},
                           {"arena: rewind", test_arena_rewind},
                           {"arena: calloc and strdup", test_arena_calloc_and_strdup},
                           {"file: write and read", test_file_write_and_read},
                           {"file: abandon keeps old", test_file_abandon_keeps_old},
                           {"file: failed write keeps old", test_file_failed_write_keeps_old},
                           {"file: rename fails", test_file_rename_fails},
                           {"file: relative to", test_file_relative_to},
                           {"text: printable", test_text_printable},
                           {"digest: SHA-256", test_digest_sha256},
                           {"digest: XXH3", test_digest_xxh3},
                           {"identity", test_identity},
                           {"status: messages", test_status_messages},
                           {"status: exit codes", test_status_exit_codes},
                           {"fixed point, many at once", test_fixed_values},
                           CU_TEST_INFO_NULL};
    if (make_folder()) {
        fprintf(stderr, "cannot make a folder in /tmp\n");
        return 1;
    }
    int failed = unit_run("base", tests);
    if (rmdir(folder)) {
        fprintf(stderr, "files are left in %s\n", folder);
        failed = 1;
    }
    return failed;
}
