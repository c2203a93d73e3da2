/* Datasets: what is written is read back, and files that lie are refused. */
#include "proto/files/dataset.h"

#include "proto/graph/architecture.pb-c.h"
#include "proto/files/records.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 2500 /* three blocks */

static const char *const operations[] = {"input", "output", "conv", "pool"};
static const char *const labels[] = {"accuracy", "latency"};

static void path_make(char out[64])
{
    snprintf(out, 64, "/tmp/sibyl_dataset_%ld", (long)getpid());
}

static void message_has(const char *part)
{
    if (!strstr(err_message(), part)) {
        printf("\n  got: %s\n  want: %s\n", err_message(), part);
        CU_FAIL("wrong message");
    }
}

/* Row i: a chain of i % 5 + 2 nodes, with an edge of multiplicity i + 1 from first to last. */
static void add(struct dataset *d, size_t i)
{
    struct arena arena;
    struct graph g;
    uint32_t nodes = (uint32_t)(i % 5) + 2;
    uint16_t ops[8] = {0};
    struct graph_edge edges[8];
    char text[32];
    double values[2] = {(double)i / 7, i % 3 ? -(double)i : NAN};
    arena_init(&arena);
    for (uint32_t n = 1; n < nodes; n++) {
        ops[n] = (uint16_t)(n + 1 == nodes ? 1 : 2 + (n + i) % 2);
        edges[n - 1] = (struct graph_edge){n - 1, n, 1};
    }
    edges[nodes - 1] = (struct graph_edge){0, nodes - 1, (uint32_t)i + 1};
    CHECK_OK(graph_make(&g, &arena, ops, nodes, edges, nodes, 4));
    snprintf(text, sizeof(text), i % 2 ? "cell %zu" : "", i);
    CHECK_OK(dataset_add(d, &g, text, values));
    arena_release(&arena);
}

static void make(struct dataset *d, size_t rows)
{
    CHECK_OK(dataset_begin(d, "test space", operations, 4, labels, 2));
    for (size_t i = 0; i < rows; i++) add(d, i);
}

static void test_round_trip(void)
{
    struct dataset a, b;
    char path[64], text[32];
    path_make(path);
    make(&a, ROWS);
    CHECK_OK(dataset_write(&a, path));
    dataset_release(&a);
    CHECK_OK(dataset_read(&b, path));
    CU_ASSERT_STRING_EQUAL(b.space, "test space");
    CU_ASSERT_EQUAL_FATAL(b.count, ROWS);
    CU_ASSERT_EQUAL_FATAL(b.label_count, 2);
    CU_ASSERT_STRING_EQUAL(b.label_names[1], "latency");
    CU_ASSERT_EQUAL(b.vocabulary.count, 4);
    CU_ASSERT_EQUAL(vocabulary_find(&b.vocabulary, "pool"), 3);
    size_t wrong = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const struct dataset_row *r = &b.rows[i];
        uint32_t nodes = (uint32_t)(i % 5) + 2;
        snprintf(text, sizeof(text), i % 2 ? "cell %zu" : "", i);
        if (strcmp(r->text, text) || r->labels[0] != (double)i / 7) wrong++;
        if (i % 3 ? r->labels[1] != -(double)i : !isnan(r->labels[1])) wrong++;
        if (r->graph.nodes != nodes || r->graph.edges != (nodes == 2 ? 1 : nodes)) wrong++;
        /* the last successor of node 0 is the last node; for two nodes both edges add up */
        uint32_t last = r->graph.out_start[1] - 1;
        if (r->graph.out_node[last] != nodes - 1) wrong++;
        if (r->graph.out_multiplicity[last] != i + 1 + (nodes == 2)) wrong++;
        if (r->graph.ops[0] != 0 || r->graph.ops[nodes - 1] != 1) wrong++;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    dataset_release(&b);
    dataset_release(&b);
    unlink(path);
}

static void test_attributes(void)
{
    struct dataset a, b;
    struct arena arena;
    struct graph g;
    char path[64];
    double values[2] = {1, 2};
    const float numbers[6] = {1, -2.5f, 3, 4, 5, 6};
    const uint16_t ops[] = {0, 2, 1};
    const struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 1}};
    path_make(path);
    arena_init(&arena);
    CHECK_OK(dataset_begin(&a, "", operations, 4, labels, 2));
    CHECK_OK(graph_make(&g, &arena, ops, 3, edges, 2, 4));
    CHECK_OK(graph_set_attributes(&g, &arena, numbers, 2));
    CHECK_OK(dataset_add(&a, &g, "", values));
    CHECK_OK(graph_set_attributes(&g, &arena, numbers, 1));
    CU_ASSERT_EQUAL(dataset_add(&a, &g, "", values), SIBYL_E_FORMAT);
    message_has("nodes with 1 attributes, but those of the dataset have 2");
    CHECK_OK(dataset_write(&a, path));
    CHECK_OK(dataset_read(&b, path));
    CU_ASSERT_EQUAL(b.attributes, 2);
    CU_ASSERT_EQUAL_FATAL(b.rows[0].graph.attributes, 2);
    CU_ASSERT_EQUAL(memcmp(b.rows[0].graph.attribute, numbers, sizeof(numbers)), 0);
    dataset_release(&b);
    a.attributes = 3; /* a header that lies, and one beyond the limit */
    CHECK_OK(dataset_write(&a, path));
    CU_ASSERT_EQUAL(dataset_read(&b, path), SIBYL_E_FORMAT);
    message_has("row 0: nodes with 2 attributes");
    a.attributes = GRAPH_ATTRIBUTES_MAX + 1;
    CHECK_OK(dataset_write(&a, path));
    CU_ASSERT_EQUAL(dataset_read(&b, path), SIBYL_E_FORMAT);
    message_has("at most 64");
    dataset_release(&a);
    arena_release(&arena);
    unlink(path);
}

/* Blocks in any order give the rows that reading the whole file gives; a part written twice is
 * twice the rows; a file cut short is found before a row is read. */
static void test_blocks(void)
{
    const size_t order[] = {2, 0, 4, 1, 3, 5};
    struct dataset a, b, rows = {0};
    struct dataset_writer w;
    struct dataset_reader r;
    char path[64];
    path_make(path);
    make(&a, ROWS);
    CHECK_OK(dataset_writer_open(&w, path, &a, 2 * ROWS));
    CHECK_OK(dataset_writer_add(&w, &a));
    CHECK_OK(dataset_writer_add(&w, &a));
    CHECK_OK(dataset_writer_close(&w));
    CHECK_OK(dataset_read(&b, path));
    CU_ASSERT_EQUAL_FATAL(b.count, 2 * ROWS);
    CHECK_OK(dataset_reader_open(&r, path));
    CU_ASSERT_EQUAL(r.count, 2 * ROWS);
    CHECK_OK(dataset_reader_index(&r));
    CU_ASSERT_EQUAL_FATAL(r.block_count, 6);
    for (size_t k = 0; k < 6; k++) {
        size_t first = order[k] % 3 * 1024, part = order[k] % 3 < 2 ? 1024 : ROWS - 2048;
        dataset_reader_clear(&r, &rows);
        CHECK_OK(dataset_reader_block(&r, order[k], &rows));
        CU_ASSERT_EQUAL_FATAL(rows.count, part);
        for (size_t i = 0; i < part; i++) {
            const struct dataset_row *x = &rows.rows[i],
                                     *y = &b.rows[order[k] / 3 * ROWS + first + i];
            CU_ASSERT_STRING_EQUAL(x->text, y->text);
            CU_ASSERT_EQUAL(memcmp(x->labels, y->labels, 2 * sizeof(double)), 0);
            CU_ASSERT_EQUAL(x->graph.nodes, y->graph.nodes);
        }
    }
    CHECK_OK(dataset_reader_block(&r, 0, &rows)); /* adds to what is there */
    CU_ASSERT_EQUAL(rows.count, ROWS - 2048 + 1024);
    CU_ASSERT_EQUAL(truncate(path, (off_t)r.blocks[4] + 100), 0);
    dataset_reader_close(&r);
    CHECK_OK(dataset_reader_open(&r, path));
    CU_ASSERT_EQUAL(dataset_reader_index(&r), SIBYL_E_FORMAT);
    message_has("cut short");
    dataset_reader_close(&r);
    dataset_release(&rows);
    dataset_release(&a);
    dataset_release(&b);
    unlink(path);
}

/* Equal however the file is read; another one where anything in it is another. */
static void test_content(void)
{
    struct dataset d, read[3];
    struct dataset_reader r;
    char path[64];
    path_make(path);
    for (int i = 0; i < 3; i++) {
        make(&d, i == 1 ? ROWS - 1 : ROWS);
        double last[2] = {0.5, 2};
        d.rows[d.count - 1].labels = i == 2 ? last : d.rows[d.count - 1].labels;
        CU_ASSERT(d.content.high == 0 && d.content.low == 0);
        CHECK_OK(dataset_write(&d, path));
        CHECK_OK(dataset_read(&read[i], path));
        CHECK_OK(dataset_reader_open(&r, path));
        CHECK_OK(dataset_reader_index(&r));
        CU_ASSERT_EQUAL(hash128_compare(r.content, read[i].content), 0);
        dataset_reader_close(&r);
        dataset_release(&d);
    }
    CU_ASSERT_NOT_EQUAL(hash128_compare(read[0].content, read[1].content), 0);
    CU_ASSERT_NOT_EQUAL(hash128_compare(read[0].content, read[2].content), 0);
    for (int i = 0; i < 3; i++) dataset_release(&read[i]);
    unlink(path);
}

static void test_find_label(void)
{
    struct dataset d;
    uint32_t index = 9;
    make(&d, 0);
    CHECK_OK(dataset_find_label(&d, "latency", &index));
    CU_ASSERT_EQUAL(index, 1);
    CU_ASSERT_EQUAL(dataset_find_label(&d, "speed", &index), SIBYL_E_USAGE);
    message_has("no label speed; there are: accuracy, latency");
    CU_ASSERT_EQUAL(index, 1);
    dataset_release(&d);
}

static void test_refused(void)
{
    static const char *const twice[] = {"a", "a"}, *const empty[] = {""};
    struct dataset d;
    struct arena arena;
    struct graph g;
    double values[2] = {1, INFINITY};
    const uint16_t ops[] = {0, 5, 1};
    const struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 1}};
    CU_ASSERT_EQUAL(dataset_begin(&d, "", operations, 4, twice, 2), SIBYL_E_FORMAT);
    message_has("two labels are named a");
    CU_ASSERT_EQUAL(dataset_begin(&d, "", operations, 4, empty, 1), SIBYL_E_FORMAT);
    CU_ASSERT_NOT_EQUAL(dataset_begin(&d, "", twice, 2, labels, 2), SIBYL_OK);
    CHECK_OK(dataset_begin(&d, "", operations, 4, labels, 2));
    arena_init(&arena);
    CHECK_OK(graph_make(&g, &arena, ops, 3, edges, 2, 6));
    CU_ASSERT_EQUAL(dataset_add(&d, &g, "", values), SIBYL_E_FORMAT); /* operation 5 of 4 */
    g.ops[1] = 2;
    CU_ASSERT_EQUAL(dataset_add(&d, &g, "", values), SIBYL_E_RANGE);
    message_has("label latency is infinite");
    CU_ASSERT_EQUAL(d.count, 0);
    arena_release(&arena);
    dataset_release(&d);
}

/* ---- files that are whole by their checksums, but lie ---- */

struct lie {
    uint64_t rows;
    size_t labels;
    bool no_graph;
    uint32_t op, from, to;
    double value;
};

static const struct lie truth = {.rows = 1, .labels = 1, .op = 2, .from = 0, .to = 1, .value = 0.5};

static void write_lie(const char *path, const struct lie *l)
{
    struct record_writer w;
    unsigned char bytes[512];
    char *names[] = {"input", "output", "conv", "pool"}, *label[] = {"accuracy"};
    uint32_t ops[] = {0, l->op, 1}, from[] = {l->from, 1}, to[] = {l->to, 2};
    double values[] = {l->value, 1};
    Sibyl__DatasetHeader h = SIBYL__DATASET_HEADER__INIT;
    Sibyl__GraphMessage g = SIBYL__GRAPH_MESSAGE__INIT;
    Sibyl__ArchitectureMessage m = SIBYL__ARCHITECTURE_MESSAGE__INIT, *list[] = {&m};
    Sibyl__ArchitectureBlock b = SIBYL__ARCHITECTURE_BLOCK__INIT;
    h.n_vocabulary = 4, h.vocabulary = names;
    h.n_labels = 1, h.labels = label;
    h.architectures = l->rows;
    g.n_ops = 3, g.ops = ops;
    g.n_edge_from = g.n_edge_to = 2, g.edge_from = from, g.edge_to = to;
    m.graph = l->no_graph ? NULL : &g;
    m.n_labels = l->labels, m.labels = values;
    b.n_architectures = 1, b.architectures = list;
    CHECK_OK(record_writer_open(&w, path, RECORDS_DATASET));
    CHECK_OK(record_writer_put(&w, RECORD_HEADER, bytes, sibyl__dataset_header__pack(&h, bytes)));
    CHECK_OK(
        record_writer_put(&w, RECORD_BLOCK, bytes, sibyl__architecture_block__pack(&b, bytes)));
    CHECK_OK(record_writer_close(&w));
}

static void lie_refused(struct lie l, const char *part)
{
    struct dataset d;
    char path[64];
    path_make(path);
    write_lie(path, &l);
    CU_ASSERT_NOT_EQUAL(dataset_read(&d, path), SIBYL_OK);
    CU_ASSERT_EQUAL(d.count, 0);
    message_has(path);
    message_has(part);
    unlink(path);
}

static void test_lies(void)
{
    struct dataset d;
    struct lie l;
    char path[64];
    path_make(path);
    write_lie(path, &truth);
    CHECK_OK(dataset_read(&d, path));
    CU_ASSERT(d.count == 1 && d.rows[0].labels[0] == 0.5 && d.rows[0].graph.edges == 2);
    dataset_release(&d);
    l = truth, l.rows = 1u << 30;
    lie_refused(l, "the header tells of 1073741824 rows");
    l = truth, l.labels = 2;
    lie_refused(l, "row 0: 2 labels");
    l = truth, l.labels = 0;
    lie_refused(l, "row 0: 0 labels");
    l = truth, l.no_graph = true;
    lie_refused(l, "row 0: there is no graph");
    l = truth, l.op = 4;
    lie_refused(l, "row 0");
    l = truth, l.op = 70000;
    lie_refused(l, "row 0");
    l = truth, l.to = 3;
    lie_refused(l, "row 0");
    l = truth, l.from = 2, l.to = 1;
    lie_refused(l, "row 0"); /* a cycle */
    l = truth, l.value = INFINITY;
    lie_refused(l, "row 0: label accuracy is infinite");
}

static void test_not_protobuf(void)
{
    struct record_writer w;
    struct dataset d;
    char path[64];
    path_make(path);
    CHECK_OK(record_writer_open(&w, path, RECORDS_DATASET));
    CHECK_OK(record_writer_put(&w, RECORD_HEADER, "\xff\xff\xff", 3));
    CHECK_OK(record_writer_close(&w));
    CU_ASSERT_EQUAL(dataset_read(&d, path), SIBYL_E_FORMAT);
    message_has("the header cannot be decoded");
    CHECK_OK(record_writer_open(&w, path, RECORDS_DATASET));
    CHECK_OK(record_writer_close(&w));
    CU_ASSERT_EQUAL(dataset_read(&d, path), SIBYL_E_FORMAT);
    message_has("not a header");
    unlink(path);
}

int main(void)
{
    CU_TestInfo tests[] = {{"round trip", test_round_trip},
                           {"block by block", test_blocks},
                           {"content", test_content},
                           {"find label", test_find_label},
                           {"refused", test_refused},
                           {"lies", test_lies},
                           {"not protobuf", test_not_protobuf},
                           {"attributes of nodes", test_attributes},
                           CU_TEST_INFO_NULL};
    return unit_run("dataset", tests);
}
