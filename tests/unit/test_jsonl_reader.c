/* JSON lines read unit by unit: the rows of the importer whatever the units and their order, every
 * row in the unit where its line begins, and every kind of bad input with its place. */
#include "proto/import/jsonl_reader.h"

#include "base/file.h"
#include "proto/import/import.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADVICE "ask for advice"
#define TWO "{\"ops\":[\"input\",\"output\"],\"edges\":[[0,1]]"
#define LINE TWO ",\"acc\":1}\n"

static const char *const operations[] = {"input", "output", "conv1x1-bn-relu", "conv3x3-bn-relu",
                                         "maxpool3x3"};
static char path[64];
static struct arena arena; /* of the vocabulary */
static struct vocabulary vocabulary;
static struct jsonl_form form; /* of the predictor, say */

/* ---- rows ---- */

static bool same_rows(const struct dataset_row *a, const struct dataset_row *b)
{
    const struct graph *g = &a->graph, *h = &b->graph;
    return g->nodes == h->nodes && g->edges == h->edges && !strcmp(a->text, b->text) &&
           !memcmp(g->ops, h->ops, g->nodes * sizeof(*g->ops)) &&
           !memcmp(g->out_start, h->out_start, (g->nodes + 1) * sizeof(*g->out_start)) &&
           !memcmp(g->out_node, h->out_node, g->edges * sizeof(*g->out_node)) &&
           (a->labels[0] == b->labels[0] || (isnan(a->labels[0]) && isnan(b->labels[0])));
}

/* Lines with something else than white space that begin in [begin, end), found plainly. */
static size_t lines_in(const char *text, size_t bytes, size_t begin, size_t end)
{
    size_t count = 0;
    for (size_t i = begin; i < end && i < bytes; i++) {
        if (i && text[i - 1] != '\n') continue;
        size_t stop = i;
        while (stop < bytes && text[stop] != '\n') stop++;
        if (!i && !strncmp(text, "\xEF\xBB\xBF", 3)) i += 3;
        while (i < stop && strchr(" \t\r", text[i])) i++;
        count += i < stop;
    }
    return count;
}

/* All units, the last first or the first first, are the rows of `want`, each where it begins. */
static void check_units(const char *text, size_t bytes, size_t unit_bytes,
                        const struct dataset *want)
{
    struct jsonl_reader r;
    struct dataset rows = {0};
    form.unit_bytes = unit_bytes;
    CHECK_OK(jsonl_reader_open(&r, path, &form));
    uint64_t units = jsonl_reader_units(&r);
    CU_ASSERT_EQUAL(units, (bytes + unit_bytes - 1) / unit_bytes);
    for (int backwards = 0; backwards < 2; backwards++) {
        size_t row = backwards ? want->count : 0, wrong = 0;
        for (uint64_t i = 0; i < units; i++) {
            uint64_t u = backwards ? units - 1 - i : i;
            jsonl_reader_clear(&r, &rows);
            CHECK_OK(jsonl_reader_unit(&r, u, &rows));
            if (rows.count != lines_in(text, bytes, u * unit_bytes, (u + 1) * unit_bytes)) wrong++;
            if (backwards) row -= rows.count;
            for (size_t k = 0; k < rows.count && row + k < want->count; k++)
                wrong += !same_rows(&rows.rows[k], &want->rows[row + k]);
            if (!backwards) row += rows.count;
        }
        CU_ASSERT_EQUAL(row, backwards ? 0 : want->count);
        CU_ASSERT_EQUAL(wrong, 0);
    }
    CHECK_OK(jsonl_reader_unchanged(&r));
    dataset_release(&rows);
    jsonl_reader_close(&r);
}

/* With units of every size up to one that holds the whole file. */
static void check_text(const char *text, size_t rows)
{
    size_t bytes = strlen(text);
    struct dataset want;
    struct import_options options = {NULL, 0};
    CHECK_OK(file_write(path, text, bytes));
    CHECK_OK(import_graph_jsonl(&want, path, &options));
    CU_ASSERT_EQUAL_FATAL(want.count, rows);
    CU_ASSERT_EQUAL_FATAL(want.label_count, 1);
    for (size_t unit = 1; unit <= bytes + 1; unit++) check_units(text, bytes, unit, &want);
    dataset_release(&want);
}

static void test_cut(void)
{
    form.label = "acc";
    check_text(LINE, 1);
    check_text(LINE LINE LINE, 3); /* units of one and of two lines end where a line does */
    check_text(TWO ",\"acc\":2}", 1);
    check_text(LINE TWO "}\n" TWO ",\"acc\":null}", 3);
    check_text(LINE TWO ",\"acc\":\"1\"}\n" TWO ",\"acc\":NaN}\n" TWO ",\"acc\":1e999}", 4);
    check_text("\n\n" LINE "\n \t\r\n\n" TWO ",\"acc\":-2.5e3}\r\n\r\n" LINE "\n\n", 3);
    check_text("\xEF\xBB\xBF" LINE "  " LINE, 2);
    check_text("\xEF\xBB\xBF\n" LINE "\r\n \n{\"ops\":[\"input\",\"maxpool3x3\",\"output\"],"
               "\"hash\":\"\\n{}\",\"edges\":[[0,1],[1,2,3]],\"acc\":7}\n" LINE,
               3);
    form.label = NULL;
}

/* A line of several units of the usual size between short ones. */
static void test_long_line(void)
{
    enum { NODES = 60000 };
    size_t capacity = NODES * 40 + 4096;
    char *text = malloc(capacity);
    CU_ASSERT_FATAL(text != NULL);
    size_t used = (size_t)snprintf(text, capacity, LINE "{\"ops\":[\"input\"");
    for (int i = 2; i < NODES; i++)
        used += (size_t)snprintf(text + used, capacity - used, ",\"%s\"", operations[2 + i % 3]);
    used += (size_t)snprintf(text + used, capacity - used, ",\"output\"],\"edges\":[[0,1]");
    for (int i = 1; i < NODES - 1; i++)
        used += (size_t)snprintf(text + used, capacity - used, ",[%d,%d]", i, i + 1);
    used += (size_t)snprintf(text + used, capacity - used, "],\"acc\":3}\n" LINE TWO "}");
    CU_ASSERT_FATAL(used + 1 < capacity && used > 4 * JSONL_UNIT_BYTES);
    struct dataset want;
    struct import_options options = {NULL, 0};
    form.label = "acc";
    CHECK_OK(file_write(path, text, used));
    CHECK_OK(import_graph_jsonl(&want, path, &options));
    CU_ASSERT_EQUAL_FATAL(want.count, 4);
    check_units(text, used, JSONL_UNIT_BYTES, &want);
    check_units(text, used, 1000, &want);
    form.label = NULL;
    form.unit_bytes = 0;
    dataset_release(&want);
    free(text);
}

/* ---- faults ---- */

static enum status read_all(void)
{
    struct jsonl_reader r;
    struct dataset rows = {0};
    enum status st = jsonl_reader_open(&r, path, &form);
    if (st) return st;
    jsonl_reader_clear(&r, &rows);
    for (uint64_t u = 0; u < jsonl_reader_units(&r) && !st; u++)
        st = jsonl_reader_unit(&r, u, &rows);
    dataset_release(&rows);
    jsonl_reader_close(&r);
    return st;
}

static void message_has(enum status st, const char *part)
{
    CU_ASSERT_NOT_EQUAL(st, SIBYL_OK);
    if (!st || !strstr(err_message(), part) || !strstr(err_message(), path)) {
        printf("\n  got: %s\n  want: %s\n", st ? err_message() : "success", part);
        CU_FAIL("wrong message");
    }
}

/* The same fault at the same place, whatever the units. */
static void refused_bytes(const char *text, size_t bytes, const char *part)
{
    static const size_t units[] = {0, 1, 7, 64};
    CHECK_OK(file_write(path, text, bytes));
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        form.unit_bytes = units[i];
        message_has(read_all(), part);
    }
    form.unit_bytes = 0;
}

static void refused(const char *text, const char *part)
{
    refused_bytes(text, strlen(text), part);
}

static void test_refused(void)
{
    char text[512], part[128];
    const int line = (int)strlen(LINE);
    refused("", "no lines");
    refused(" \r\n\n", "no lines");
    refused("\x7f"
            "ELF\n",
            "neither a sibyl file nor JSON lines (byte 0 is 0x7f)");
    refused("\n[" TWO "}]\n", "neither a sibyl file nor JSON lines (byte 1 is 0x5b)");
    snprintf(part, sizeof(part), ":4 (byte %d): not JSON", 2 * line + 1);
    refused(LINE "\n" LINE "{\"ops\":\n" LINE, part);
    snprintf(part, sizeof(part), ":2 (byte %d): want an object", line);
    refused(LINE "[1]\n", part);
    snprintf(part, sizeof(part), ":2 (byte %d, the last line, which has no end", line);
    refused(LINE TWO, part);
    refused_bytes(LINE TWO "\0}\n", strlen(LINE TWO) + 3, ":2 (byte ");
    refused_bytes(LINE "\0\0\0\0\n", strlen(LINE) + 5, ": not JSON");
    refused(LINE "\xff\xfe\x01\n", ":2 (byte ");
    refused("{\"ops\":[\"input\",\"conv7x7\"],\"edges\":[]}\n",
            ":1 (byte 0): \"ops\"[1]: unknown operation conv7x7; want one of: input, output, "
            "conv1x1-bn-relu, conv3x3-bn-relu, maxpool3x3; " ADVICE);
    refused(LINE "{\"ops\":[\"input\",\"output\"],\"edges\":[[0,1],[1,0]]}\n", ":2 (byte ");
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "cycle"));
    refused(LINE "{\"ops\":[\"input\",3],\"edges\":[]}\n", ": \"ops\"[1]: want an operation name");
    refused(LINE "{\"ops\":[\"input\"],\"edges\":[[0,1]]}\n", ": \"edges\"[0]: want [from, to]");
    refused(LINE "{\"edges\":[[0,1]]}\n", ": \"ops\": want a list");
    snprintf(text, sizeof(text), LINE "%s,\"attributes\":[[1,2],[3,4]]}", TWO);
    refused(text, ": nodes with 2 attributes, want 0; " ADVICE);
    form.attributes = 2;
    refused(LINE, ": nodes with 0 attributes, want 2; " ADVICE);
    refused(TWO ",\"attributes\":[[1,2],[3]]}\n", ": \"attributes\"[1]: want a list of 2");
    CHECK_OK(file_write(path, text + line, strlen(text) - (size_t)line));
    CHECK_OK(read_all());
    form.attributes = 0;
}

static void test_line_bound(void)
{
    const size_t line = strlen(LINE) - 1;
    char part[64];
    form.line_bytes_max = line;
    CHECK_OK(file_write(path, LINE LINE LINE, 3 * (line + 1)));
    for (form.unit_bytes = 1; form.unit_bytes < 200; form.unit_bytes++) CHECK_OK(read_all());
    form.line_bytes_max = line - 1;
    snprintf(part, sizeof(part), ":1 (byte 0): a line of more than %zu bytes", line - 1);
    refused(LINE LINE, part);
    snprintf(part, sizeof(part), ":2 (byte 1): a line of more than %zu bytes", line - 1);
    refused("\n" LINE, part);
    form.line_bytes_max = line;
    snprintf(part, sizeof(part), ":2 (byte %zu): a line of more than %zu bytes", line + 1, line);
    refused(LINE TWO ",\"acc\":1} ", part);
    form.line_bytes_max = 0;
}

/* A file without line ends that is longer than the usual bound: no more than that is read. */
static void test_endless_line(void)
{
    struct jsonl_reader r;
    struct dataset rows = {0};
    CHECK_OK(file_write(path, "{", 1));
    CU_ASSERT_EQUAL_FATAL(truncate(path, (off_t)1 << 36), 0);
    CHECK_OK(jsonl_reader_open(&r, path, &form));
    jsonl_reader_clear(&r, &rows);
    message_has(jsonl_reader_unit(&r, 0, &rows), ":1 (byte 0): a line of more than 67108864 bytes");
    CU_ASSERT(r.capacity <= JSONL_LINE_BYTES_MAX + 2 * JSONL_UNIT_BYTES);
    CHECK_OK(jsonl_reader_unit(&r, jsonl_reader_units(&r) - 1, &rows));
    CU_ASSERT_EQUAL(rows.count, 0);
    dataset_release(&rows);
    jsonl_reader_close(&r);
}

static void test_changes(void)
{
    struct jsonl_reader r;
    struct dataset rows = {0};
    const size_t line = strlen(LINE);
    form.unit_bytes = line;
    CHECK_OK(file_write(path, LINE LINE LINE LINE, 4 * line));
    CHECK_OK(jsonl_reader_open(&r, path, &form));
    jsonl_reader_clear(&r, &rows);
    CHECK_OK(jsonl_reader_unit(&r, 0, &rows));
    CHECK_OK(jsonl_reader_unchanged(&r));
    CU_ASSERT_EQUAL_FATAL(truncate(path, (off_t)(2 * line + 5)), 0);
    CHECK_OK(jsonl_reader_unit(&r, 1, &rows));
    message_has(jsonl_reader_unit(&r, 2, &rows), "became shorter while it was read");
    message_has(jsonl_reader_unit(&r, 3, &rows), "became shorter while it was read");
    message_has(jsonl_reader_unchanged(&r), "changed while it was read");
    CU_ASSERT_EQUAL(rows.count, 2);
    CU_ASSERT_EQUAL_FATAL(truncate(path, (off_t)(4 * line + 1)), 0);
    message_has(jsonl_reader_unchanged(&r), "changed while it was read");
    unlink(path); /* what is open stays readable */
    jsonl_reader_clear(&r, &rows);
    CHECK_OK(jsonl_reader_unit(&r, 0, &rows));
    dataset_release(&rows);
    jsonl_reader_close(&r);
    form.unit_bytes = 0;
    message_has(jsonl_reader_open(&r, path, &form), "cannot open");
    CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
    message_has(jsonl_reader_open(&r, path, &form), "is not a regular file");
    unlink(path);
}

static void test_record_file_is(void)
{
    bool is = true;
    CHECK_OK(file_write(path, LINE, strlen(LINE)));
    CHECK_OK(record_file_is(path, &is));
    CU_ASSERT_FALSE(is);
    CHECK_OK(file_write(path, "SIBYL99\n", 8));
    CHECK_OK(record_file_is(path, &is));
    CU_ASSERT_TRUE(is);
    CHECK_OK(file_write(path, "", 0));
    CHECK_OK(record_file_is(path, &is));
    CU_ASSERT_FALSE(is);
    unlink(path);
    CU_ASSERT_EQUAL(record_file_is(path, &is), SIBYL_E_IO);
}

int main(void)
{
    CU_TestInfo tests[] = {{"cut", test_cut},
                           {"a long line", test_long_line},
                           {"refused", test_refused},
                           {"bound of a line", test_line_bound},
                           {"a line without end", test_endless_line},
                           {"changes", test_changes},
                           {"record_file_is", test_record_file_is},
                           CU_TEST_INFO_NULL};
    snprintf(path, sizeof(path), "/tmp/sibyl_jsonl_%ld", (long)getpid());
    arena_init(&arena);
    if (vocabulary_init(&vocabulary, &arena, operations, 5)) return 1;
    form = (struct jsonl_form){.vocabulary = &vocabulary, .advice = ADVICE};
    int failed = unit_run("jsonl_reader", tests);
    arena_release(&arena);
    unlink(path);
    return failed;
}
