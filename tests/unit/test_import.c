/* Importers: small tables, every kind of bad input with its place, and the real benchmark tables
 * where they are. */
#include "proto/import/import.h"

#include "base/file.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELL "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|"
#define CSV "index,arch,acc,size\n"
#define GRAPH "\"ops\":[\"input\",\"conv1x1-bn-relu\",\"output\"],\"edges\":[[0,1],[1,2],[0,2]]"

typedef enum status import_function(struct dataset *out, const char *path,
                                    const struct import_options *options);

static enum status import_bytes(import_function *import, struct dataset *d, const char *text,
                                size_t bytes, const struct import_label *labels, uint32_t count)
{
    char path[64];
    struct import_options options = {labels, count};
    snprintf(path, sizeof(path), "/tmp/sibyl_import_%ld", (long)getpid());
    CHECK_OK(file_write(path, text, bytes));
    enum status st = import(d, path, &options);
    unlink(path);
    return st;
}

static enum status import_text(import_function *import, struct dataset *d, const char *text,
                               const struct import_label *labels, uint32_t count)
{
    return import_bytes(import, d, text, strlen(text), labels, count);
}

static void check_refused(enum status st, const char *text, const char *part)
{
    CU_ASSERT_NOT_EQUAL(st, SIBYL_OK);
    if (!st || !strstr(err_message(), part)) {
        printf("\n  for: %s\n  got: %s\n  want: %s\n", text, st ? err_message() : "success", part);
        CU_FAIL("wrong message");
    }
}

static void refused(import_function *import, const char *text, const char *part)
{
    struct dataset d;
    check_refused(import_text(import, &d, text, NULL, 0), text, part);
    dataset_release(&d);
}

static void refused_label(import_function *import, const char *text, const char *column,
                          double scale, const char *part)
{
    struct dataset d;
    struct import_label label = {"y", column, scale};
    check_refused(import_text(import, &d, text, &label, 1), text, part);
    dataset_release(&d);
}

static void test_label_parse(void)
{
    struct import_label l;
    char a[] = "acc=cifar10_test:0.01", b[] = "acc=x", c[] = "a=b=c:1e-2";
    CHECK_OK(import_label_parse(&l, a));
    CU_ASSERT_STRING_EQUAL(l.name, "acc");
    CU_ASSERT_STRING_EQUAL(l.column, "cifar10_test");
    CU_ASSERT_EQUAL(l.scale, 0.01);
    CHECK_OK(import_label_parse(&l, b));
    CU_ASSERT_STRING_EQUAL(l.column, "x");
    CU_ASSERT_EQUAL(l.scale, 1);
    CHECK_OK(import_label_parse(&l, c));
    CU_ASSERT_STRING_EQUAL(l.column, "b=c");
    static const char *const bad[] = {"acc",       "=x",      "acc=",   "acc=x:", "acc=x:abc",
                                      "acc=x:nan", "acc=x:0", "acc=:2", ""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[32];
        snprintf(text, sizeof(text), "%s", bad[i]);
        CU_ASSERT_EQUAL(import_label_parse(&l, text), SIBYL_E_USAGE);
        CU_ASSERT_STRING_EQUAL(text, bad[i]);
    }
}

static void test_csv(void)
{
    struct dataset d;
    CHECK_OK(import_text(import_nasbench201_csv, &d,
                         "\xEF\xBB\xBFindex,\"arch\",note,acc,\"the \"\"size\"\"\"\r\n"
                         "0,\"" CELL "\",\"a, \"\"b\"\"\",91.5,1e-3\r\n\r\n1," CELL ",7, -2 ,\"4\"",
                         NULL, 0));
    CU_ASSERT_EQUAL_FATAL(d.count, 2);
    CU_ASSERT_STRING_EQUAL(d.space, "nasbench201");
    CU_ASSERT_EQUAL_FATAL(d.label_count, 3); /* not index; note has a number in one row */
    CU_ASSERT_STRING_EQUAL(d.label_names[0], "note");
    CU_ASSERT_STRING_EQUAL(d.label_names[1], "acc");
    CU_ASSERT_STRING_EQUAL(d.label_names[2], "the \"size\"");
    CU_ASSERT(isnan(d.rows[0].labels[0]) && d.rows[1].labels[0] == 7);
    CU_ASSERT(d.rows[0].labels[1] == 91.5 && d.rows[0].labels[2] == 1e-3);
    CU_ASSERT(d.rows[1].labels[1] == -2 && d.rows[1].labels[2] == 4);
    CU_ASSERT_STRING_EQUAL(d.rows[0].text, CELL);
    static const char *const names[] = {
        "input", "output", "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};
    CU_ASSERT_EQUAL_FATAL(d.vocabulary.count, 7);
    for (uint32_t i = 0; i < 7; i++) CU_ASSERT_STRING_EQUAL(d.vocabulary.names[i], names[i]);
    /* By hand: node 0 is the input, 1..6 the edges 0>1 0>2 1>2 0>3 1>3 2>3, 7 the output. */
    static const uint16_t ops[] = {0, 5, 2, 3, 6, 4, 2, 1};
    static const uint8_t from[] = {0, 0, 0, 1, 1, 2, 3, 4, 5, 6},
                         to[] = {1, 2, 4, 3, 5, 6, 6, 7, 7, 7};
    const struct graph *g = &d.rows[0].graph;
    CU_ASSERT(g->nodes == 8 && g->edges == 10);
    CU_ASSERT(!memcmp(g->ops, ops, sizeof(ops)));
    for (uint32_t i = 0, e = 0; i < 8; i++)
        for (uint32_t k = g->out_start[i]; k < g->out_start[i + 1]; k++, e++)
            CU_ASSERT(from[e] == i && to[e] == g->out_node[k] && g->out_multiplicity[k] == 1);
    dataset_release(&d);
    struct import_label scaled[] = {{"accuracy", "acc", 0.01}, {"again", "acc", -1}};
    CHECK_OK(import_text(import_nasbench201_csv, &d, "cell,acc\n" CELL ",91.5\n", scaled, 2));
    CU_ASSERT(d.label_count == 2 && d.rows[0].labels[0] == 91.5 * 0.01 &&
              d.rows[0].labels[1] == -91.5);
    CU_ASSERT_STRING_EQUAL(d.label_names[0], "accuracy");
    dataset_release(&d);
}

static void test_csv_refused(void)
{
    import_function *import = import_nasbench201_csv;
    struct dataset d;
    refused(import, "", "no header line");
    refused(import, CSV, "no rows");
    refused(import, "index,acc\n0,1\n",
            "no column arch (or architecture, arch_str, cell); there are: index, acc");
    refused(import, "arch,a,a\n", ":1: columns 2 and 3: two columns are named a");
    refused(import, CSV "0," CELL ",1\n", ":2: 3 fields, but the header has 4");
    refused(import, CSV "0," CELL ",1,2\n0," CELL ",1,2,3\n", ":3: 5 fields");
    refused(import, CSV "0,\"" CELL ",1,2\n", ":2: a quote is not closed");
    refused(import, CSV "0,\"" CELL "\"x,1,2\n", ":2: something stands behind");
    refused(import, CSV "0,hello,1,2\n", ":2: column arch: cell, character 1");
    refused(import, CSV "0,,1,2\n", ":2: column arch");
    refused(import, CSV "0," CELL "|,1,2\n", ":2: column arch");
    refused(import, CSV "0," CELL ",1,2\n1,|zero~0|+|none~0|none~1|+|none~0|none~1|none~2|,1,2\n",
            ":3: column arch");
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "unknown operation 'zero'"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(err_message(), "none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3"));
    check_refused(import_bytes(import, &d, CSV "0,\0\n", 24, NULL, 0), "zero byte",
                  ":2: a zero byte");
    refused_label(import, CSV "0," CELL ",1,2\n", "cifar", 1,
                  "no column cifar for label y; there are: index, arch, acc, size");
    refused_label(import, CSV "0," CELL ",1e300,2\n", "acc", 1e300,
                  ":2: column acc: \"1e300\" times the scale");
    struct import_options none = {NULL, 0};
    CU_ASSERT_EQUAL(import(&d, "/nonexistent/x.csv", &none), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "/nonexistent/x.csv"));
}

static void test_jsonl(void)
{
    struct dataset d;
    CHECK_OK(import_text(import_graph_jsonl, &d,
                         "\xEF\xBB\xBF{" GRAPH
                         ",\"hash\":\"a\",\"acc\":0.5,\"index\":0,\"mixed\":1}\n\n"
                         "{" GRAPH ",\"acc\":null,\"n\":12,\"mixed\":\"x\",\"nothing\":null}",
                         NULL, 0));
    CU_ASSERT_EQUAL_FATAL(d.count, 2);
    CU_ASSERT_STRING_EQUAL(d.space, "nasbench101");
    CU_ASSERT_EQUAL(d.vocabulary.count, 5);
    CU_ASSERT_STRING_EQUAL(d.vocabulary.names[2], "conv1x1-bn-relu");
    CU_ASSERT_EQUAL_FATAL(d.label_count, 3);
    CU_ASSERT_STRING_EQUAL(d.label_names[0], "acc");
    CU_ASSERT_STRING_EQUAL(d.label_names[1], "mixed");
    CU_ASSERT_STRING_EQUAL(d.label_names[2], "n");
    CU_ASSERT(d.rows[0].labels[0] == 0.5 && isnan(d.rows[0].labels[2]));
    CU_ASSERT(isnan(d.rows[1].labels[0]) && d.rows[1].labels[2] == 12);
    CU_ASSERT(d.rows[0].labels[1] == 1 && isnan(d.rows[1].labels[1]));
    CU_ASSERT(d.rows[0].graph.ops[1] == 2 && d.rows[0].graph.ops[2] == 1 &&
              d.rows[0].graph.edges == 3);
    dataset_release(&d);
    struct import_label label = {"y", "t", 0.5};
    CHECK_OK(import_text(import_graph_jsonl, &d,
                         "{\"ops\":[\"b\",\"a\"],\"edges\":[[0,1,3]],\"t\":3}\n{\"ops\":[\"c\"],"
                         "\"edges\":[],\"t\":-1}\n",
                         &label, 1));
    CU_ASSERT_STRING_EQUAL(d.space, "");
    CU_ASSERT_EQUAL_FATAL(d.vocabulary.count, 3);
    CU_ASSERT_STRING_EQUAL(d.vocabulary.names[0], "b");
    CU_ASSERT_STRING_EQUAL(d.vocabulary.names[2], "c");
    CU_ASSERT(d.rows[0].graph.edges == 1 && d.rows[0].graph.out_multiplicity[0] == 3);
    CU_ASSERT(d.rows[1].graph.nodes == 1 && d.rows[1].graph.ops[0] == 2 &&
              d.rows[1].labels[0] == -0.5);
    dataset_release(&d);
}

/* A CSV with every kind of hole, each in a line of its own, between two numbers. */
static void test_csv_holes(void)
{
    static const char *const holes[] = {"",     "  ",  "nan",   "NaN",       "null",  "None",
                                        "NA",   "N/A", "-",     "inf",       "91.5%", "\"1,234\"",
                                        "0x10", "abc", "1e999", "-Infinity", "1 2",   "--1"};
    enum { HOLES = sizeof(holes) / sizeof(holes[0]) };
    char text[4096] = CSV "0," CELL ",1,2\n";
    struct dataset d;
    for (size_t i = 0; i < HOLES; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "0," CELL ",%s,2\n", holes[i]);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "0," CELL ",3,\n");
    struct import_label scaled[] = {{"y", "acc", 0.01}, {"s", "size", 1}};
    for (int asked = 0; asked < 2; asked++) {
        CHECK_OK(import_text(import_nasbench201_csv, &d, text, scaled, asked ? 2 : 0));
        CU_ASSERT_EQUAL_FATAL(d.count, HOLES + 2);
        CU_ASSERT_EQUAL_FATAL(d.label_count, 2);
        CU_ASSERT_STRING_EQUAL(d.label_names[0], asked ? "y" : "acc");
        CU_ASSERT_EQUAL(d.rows[0].labels[0], asked ? 0.01 : 1);
        CU_ASSERT_EQUAL(d.rows[HOLES + 1].labels[0], asked ? 3 * 0.01 : 3);
        for (size_t i = 1; i <= HOLES; i++)
            CU_ASSERT(isnan(d.rows[i].labels[0]) && d.rows[i].labels[1] == 2);
        CU_ASSERT(isnan(d.rows[HOLES + 1].labels[1]));
        dataset_release(&d);
    }
    import_function *import = import_nasbench201_csv;
    refused_label(import, CSV "0," CELL ",91.5%,1\n0," CELL ",,1\n", "acc", 1,
                  ":2: column acc (label y): \"91.5%\" is not a number, and the column has none");
    CHECK_OK(import_text(import, &d, "arch , acc,none\n" CELL ", 5 ,x\n", NULL, 0));
    CU_ASSERT(d.label_count == 1 && d.rows[0].labels[0] == 5);
    dataset_release(&d);
}

static void test_jsonl_holes(void)
{
    static const char *const holes[] = {"null",  "\"91.5\"", "NaN",    "Infinity", "-Infinity",
                                        "1e999", "true",     "[1, 2]", "{}",       "\"NaN\""};
    enum { HOLES = sizeof(holes) / sizeof(holes[0]) };
    char text[4096] = "{" GRAPH ",\"t\":1,\"acc\":2}\n";
    struct dataset d;
    for (size_t i = 0; i < HOLES; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text),
                 "{" GRAPH ",\"t\":1,\"acc\":%s,\"NaN\":\"a NaN \\\" NaN\"}\n", holes[i]);
    snprintf(text + strlen(text), sizeof(text) - strlen(text), "{" GRAPH ",\"t\":1}\n");
    snprintf(text + strlen(text), sizeof(text) - strlen(text),
             "{" GRAPH ",\"t\":1, \"acc\":12345678901234567890123}\n");
    struct import_label scaled[] = {{"y", "acc", 0.5}, {"t", "t", 1}};
    CHECK_OK(import_text(import_graph_jsonl, &d, text, scaled, 2));
    CU_ASSERT_EQUAL_FATAL(d.count, HOLES + 3);
    CU_ASSERT_EQUAL(d.rows[0].labels[0], 1);
    for (size_t i = 1; i <= HOLES + 1; i++)
        CU_ASSERT(isnan(d.rows[i].labels[0]) && d.rows[i].labels[1] == 1);
    CU_ASSERT_EQUAL(d.rows[HOLES + 2].labels[0], 12345678901234567890123.0 * 0.5);
    dataset_release(&d);
    CHECK_OK(import_text(import_graph_jsonl, &d, text, NULL, 0));
    CU_ASSERT_EQUAL(d.label_count, 2);
    dataset_release(&d);
}

static void test_table_of_importers(void)
{
    size_t count;
    const struct importer *all = importers(&count), *found = NULL;
    static const char *const heads[] = {" \"arch\" , acc\r\n", "\xEF\xBB\xBF\n {\"ops\":"};
    CU_ASSERT_EQUAL_FATAL(count, 3);
    for (size_t i = 0; i < count; i++) {
        CHECK_OK(importer_find(&found, all[i].name));
        CU_ASSERT_PTR_EQUAL(found, &all[i]);
        for (size_t k = 0; k < 2; k++)
            CU_ASSERT_EQUAL(all[i].detect(heads[k], strlen(heads[k])), i == k);
        CU_ASSERT_FALSE(all[i].detect("", 0));
    }
    CU_ASSERT_EQUAL(importer_find(&found, "table"), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "nasbench201-csv, graph-jsonl, csv"));
}

#define OK_LINE "{" GRAPH ",\"acc\":1}\n"

#define PAIR "{\"ops\":[\"a\",\"b\"],\"edges\":[[0,1]],\"attributes\":"

static void test_jsonl_attributes(void)
{
    struct dataset d;
    CHECK_OK(import_text(import_graph_jsonl, &d,
                         PAIR "[[1,2.5],[-3e2,0]]}\n" PAIR "[[0,-0.0],[7,8]],\"t\":1}", NULL, 0));
    CU_ASSERT_EQUAL_FATAL(d.count, 2);
    CU_ASSERT_EQUAL_FATAL(d.attributes, 2);
    CU_ASSERT_EQUAL(d.label_count, 1);
    CU_ASSERT_EQUAL_FATAL(d.rows[0].graph.attributes, 2);
    CU_ASSERT_EQUAL(d.rows[0].graph.attribute[1], 2.5f);
    CU_ASSERT_EQUAL(d.rows[0].graph.attribute[2], -300);
    CU_ASSERT_EQUAL(d.rows[1].graph.attribute[3], 8);
    dataset_release(&d);
    import_function *import = import_graph_jsonl;
    refused(import, PAIR "3}", ":1: \"attributes\": want 2 lists");
    refused(import, PAIR "null}", ":1: \"attributes\": want 2 lists");
    refused(import, PAIR "[[1]]}", ":1: \"attributes\": want 2 lists");
    refused(import, PAIR "[1,2]}", ":1: \"attributes\"[0]: want a list");
    refused(import, PAIR "[[1],[1,2]]}", ":1: \"attributes\"[1]: want a list of 1 numbers");
    refused(import, PAIR "[[1],[\"x\"]]}", ":1: \"attributes\"[1][0]: want a number");
    refused(import, PAIR "[[1],[1e39]]}", ":1: \"attributes\"[1][0]: want a number within");
    refused(import, PAIR "[[1],[2]]}\n" PAIR "[[1,2],[3,4]]}", ":2: nodes with 2 attributes");
    refused(import, PAIR "[[1],[2]]}\n{\"ops\":[\"a\"],\"edges\":[]}",
            ":2: nodes with 0 attributes");
}

static void test_jsonl_refused(void)
{
    import_function *import = import_graph_jsonl;
    refused(import, "", "no lines");
    refused(import, OK_LINE "{\"ops\":\n", ":2: not JSON");
    refused(import, OK_LINE "\n[1]\n", ":3: want an object");
    refused(import, OK_LINE "{" GRAPH ",\"acc\":1,\"acc\":2}\n", ":2: not JSON: duplicate");
    refused(import, OK_LINE "{" GRAPH ",\"acc\":nan}\n", ":2: not JSON");
    refused(import, OK_LINE "{" GRAPH ",\"acc\":Nan}\n", ":2: not JSON");
    refused(import, OK_LINE "{\"edges\":[]}\n", ":2: \"ops\": want a list");
    refused(import, "{\"ops\":[],\"edges\":[]}\n", ":1: \"ops\": want a list");
    refused(import, "{\"ops\":[\"a\",3],\"edges\":[]}\n", ":1: \"ops\"[1]: want an operation name");
    refused(import, "{\"ops\":[\"\"],\"edges\":[]}\n", ":1: \"ops\"[0]: want an operation name");
    refused(import, "{\"ops\":[\"a\"]}\n", ":1: \"edges\": want a list");
    static const char *const bad_edges[] = {
        "[0]",      "[0,2]",     "[-1,1]", "[0,1.0]",         "[\"0\",1]",
        "[0,1,-1]", "[0,1,1,1]", "7",      "[0,99999999999]", "[0,1,2000000]"};
    for (size_t i = 0; i < sizeof(bad_edges) / sizeof(bad_edges[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text), OK_LINE "{\"ops\":[\"a\",\"b\"],\"edges\":[[0,1],%s]}\n",
                 bad_edges[i]);
        refused(import, text, ":2: \"edges\"[1]: want [from, to]");
    }
    refused(import, OK_LINE "{\"ops\":[\"a\",\"b\"],\"edges\":[[0,1],[1,0]]}\n", ":2: ");
    refused(import, OK_LINE "{\"ops\":[\"a\",\"b\"],\"edges\":[[1,1]]}\n", ":2: ");
    refused(import, OK_LINE "{\"ops\":[\"a\",\"b\"],\"edges\":[[0,1,0]]}\n", ":2: ");
    refused_label(import, "{" GRAPH ",\"b\":1,\"c\":2}\n", "acc", 1,
                  ":1: field acc (label y): no number here (\"no such field\"), nor in any other "
                  "line; the numeric fields here: b, c");
    refused_label(import, "\n{" GRAPH ",\"acc\":\"1\"}\n{" GRAPH ",\"acc\":null}\n", "acc", 1,
                  ":2: field acc (label y): no number here (\"1\")");
    refused_label(import, OK_LINE "{" GRAPH ",\"acc\":1e300}\n", "acc", 1e300,
                  ":2: field acc: 1e+300 times");
}

/* ---- the real tables ---- */

/* Of a plain reading with sscanf: the table that is among the examples. */
static void test_real_digits201(void)
{
    char path[512], line[512], arch[256];
    struct dataset d;
    struct import_label label = {"accuracy", "accuracy", 1};
    struct import_options options = {&label, 1};
    const char *source = getenv("SIBYL_SOURCE_DIR");
    snprintf(path, sizeof(path), "%s/jobs/examples/digits201.csv", source ? source : ".");
    CHECK_OK(import_nasbench201_csv(&d, path, &options));
    CU_ASSERT_EQUAL_FATAL(d.count, 483);
    FILE *f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), f));
    size_t rows = 0, wrong = 0;
    for (; fgets(line, sizeof(line), f) && rows < d.count; rows++) {
        double value;
        if (sscanf(line, "%255[^,],%lf", arch, &value) != 2 || strcmp(arch, d.rows[rows].text) ||
            value != d.rows[rows].labels[0])
            wrong++;
    }
    fclose(f);
    CU_ASSERT_EQUAL(rows, 483);
    CU_ASSERT_EQUAL(wrong, 0);
    dataset_release(&d);
}

static bool find_table(char out[512], const char *name)
{
    const char *source = getenv("SIBYL_SOURCE_DIR");
    snprintf(out, 512, "%s/../shared/data/%s", source ? source : ".", name);
    if (!access(out, R_OK)) return true;
    printf("skipped: no benchmark table %s\n", out);
    return false;
}

/* Against a plain reading of the same file with sscanf. */
static void test_real_nasbench201(void)
{
    char path[512], line[512], arch[256];
    struct dataset d;
    struct import_label label = {"accuracy", "cifar10_test", 0.01};
    struct import_options options = {&label, 1}, all = {NULL, 0};
    if (!find_table(path, "nasbench201.csv")) return;
    CHECK_OK(import_nasbench201_csv(&d, path, &options));
    CU_ASSERT_EQUAL_FATAL(d.count, 15625);
    CU_ASSERT_EQUAL(d.rows[6111].labels[0], 94.3733 * 0.01);
    CU_ASSERT_EQUAL(d.rows[13714].labels[0], 94.3733 * 0.01);
    FILE *f = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), f));
    size_t rows = 0, wrong = 0;
    while (fgets(line, sizeof(line), f) && rows < d.count) {
        double value;
        if (sscanf(line, "%*d,%255[^,],%lf", arch, &value) != 2 ||
            strcmp(arch, d.rows[rows].text) || value * 0.01 != d.rows[rows].labels[0] ||
            d.rows[rows].graph.nodes != 8)
            wrong++;
        rows++;
    }
    fclose(f);
    CU_ASSERT_EQUAL(rows, 15625);
    CU_ASSERT_EQUAL(wrong, 0);
    dataset_release(&d);
    CHECK_OK(import_nasbench201_csv(&d, path, &all));
    CU_ASSERT_EQUAL_FATAL(d.label_count, 6);
    CU_ASSERT_STRING_EQUAL(d.label_names[5], "cifar10_val");
    CU_ASSERT_EQUAL(d.rows[0].labels[5], 81.98267);
    dataset_release(&d);
}

static void test_real_nasbench101(void)
{
    char path[512], again[64];
    struct dataset d, e;
    struct import_options all = {NULL, 0};
    if (!find_table(path, "nasbench101.jsonl")) return;
    CHECK_OK(import_graph_jsonl(&d, path, &all));
    CU_ASSERT_EQUAL_FATAL(d.count, 6760);
    CU_ASSERT_STRING_EQUAL(d.space, "nasbench101");
    CU_ASSERT_EQUAL_FATAL(d.label_count, 3);
    CU_ASSERT_STRING_EQUAL(d.label_names[0], "test_acc");
    CU_ASSERT(d.rows[0].labels[0] == 0.9167668 && d.rows[0].labels[1] == 2941978);
    CU_ASSERT(d.rows[0].graph.nodes == 6 && d.rows[0].graph.edges == 9);
    snprintf(again, sizeof(again), "/tmp/sibyl_import_%ld.sibyl", (long)getpid());
    CHECK_OK(dataset_write(&d, again));
    CHECK_OK(dataset_read(&e, again));
    CU_ASSERT_EQUAL_FATAL(e.count, d.count);
    size_t wrong = 0;
    for (size_t i = 0; i < d.count; i++)
        if (memcmp(d.rows[i].labels, e.rows[i].labels, 3 * sizeof(double)) ||
            d.rows[i].graph.edges != e.rows[i].graph.edges ||
            memcmp(d.rows[i].graph.out_node, e.rows[i].graph.out_node,
                   d.rows[i].graph.edges * sizeof(uint32_t)))
            wrong++;
    CU_ASSERT_EQUAL(wrong, 0);
    unlink(again);
    dataset_release(&d);
    dataset_release(&e);
}

int main(void)
{
    CU_TestInfo tests[] = {{"label", test_label_parse},
                           {"csv", test_csv},
                           {"csv refused", test_csv_refused},
                           {"csv holes", test_csv_holes},
                           {"jsonl holes", test_jsonl_holes},
                           {"table of importers", test_table_of_importers},
                           {"jsonl", test_jsonl},
                           {"jsonl refused", test_jsonl_refused},
                           {"jsonl with attributes", test_jsonl_attributes},
                           {"real digits201", test_real_digits201},
                           {"real nasbench201", test_real_nasbench201},
                           {"real nasbench101", test_real_nasbench101},
                           CU_TEST_INFO_NULL};
    return unit_run("import", tests);
}
