/* libsibyl as its callers see it: lists of networks, datasets, spaces, metrics, and whatever nobody
 * should ask of them. Linked with the shared library; datasets are written by the static ones. */
#include "tests/unit/library_case.h"

#include "proto/files/dataset.h"

#include <math.h>
#include <unistd.h>

/* ---- networks ---- */

/* A cell of five nodes, with its nodes in the order `at`: node i stands at at[i]. */
static void add_cell(struct sibyl_graphs *graphs, const uint32_t at[5])
{
    static const char *const words[5] = {"input", "conv", "pool", "conv", "output"};
    static const uint32_t plain[6][2] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4}, {0, 4}};
    const char *operations[5];
    uint32_t edges[12];
    for (int i = 0; i < 5; i++) operations[at[i]] = words[i];
    for (int e = 0; e < 6; e++)
        for (int k = 0; k < 2; k++) edges[2 * e + k] = at[plain[e][k]];
    struct sibyl_network n = {
        .nodes = 5, .operations = operations, .edge_count = 6, .edges = edges};
    WORKS(sibyl_graphs_add(graphs, &n, &status));
}

static void test_networks(void)
{
    static const uint32_t orders[3][5] = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}};
    struct sibyl_graphs *graphs = NULL;
    char hash[SIBYL_HASH_BYTES], first[SIBYL_HASH_BYTES];
    uint32_t edges[12], multiplicities[6];
    WORKS(sibyl_graphs_new(&graphs, case_operations, CASE_OPERATIONS, 0, &status));
    for (int i = 0; i < 3; i++) add_cell(graphs, orders[i]);
    CU_ASSERT_EQUAL(sibyl_graphs_count(graphs), 3);
    CU_ASSERT_EQUAL(sibyl_graphs_nodes(graphs, 1), 5);
    CU_ASSERT_EQUAL(sibyl_graphs_edges(graphs, 1), 6);
    CU_ASSERT_STRING_EQUAL(sibyl_graphs_operation(graphs, 1, 0), "output");
    CU_ASSERT_STRING_EQUAL(sibyl_graphs_operation(graphs, 2, 2), "input");
    WORKS(sibyl_graphs_copy_edges(graphs, 0, edges, multiplicities, &status));
    static const uint32_t sorted[12] = {0, 1, 0, 2, 0, 4, 1, 3, 2, 3, 3, 4};
    CU_ASSERT_EQUAL(memcmp(edges, sorted, sizeof(sorted)), 0);
    for (int e = 0; e < 6; e++) CU_ASSERT_EQUAL(multiplicities[e], 1);
    WORKS(sibyl_graphs_hash(graphs, 0, first, &status));
    CU_ASSERT_EQUAL(strlen(first), 32);
    for (size_t i = 1; i < 3; i++) {
        WORKS(sibyl_graphs_hash(graphs, i, hash, &status));
        CU_ASSERT_STRING_EQUAL(hash, first);
    }
    sibyl_graphs_clear(graphs);
    CU_ASSERT_EQUAL(sibyl_graphs_count(graphs), 0);
    add_cell(graphs, orders[2]);
    WORKS(sibyl_graphs_hash(graphs, 0, hash, &status));
    CU_ASSERT_STRING_EQUAL(hash, first);
    sibyl_graphs_free(graphs);
}

/* Multiplicities and attributes are part of a network; identities are not. */
static void test_what_is_a_network(void)
{
    static const char *const words[] = {"input", "output", "conv", "identity"};
    static const char *const through[] = {"input", "identity", "conv", "output"};
    static const char *const without[] = {"input", "conv", "output"};
    static const uint32_t long_way[] = {0, 1, 1, 2, 2, 3}, short_way[] = {0, 1, 1, 2},
                          twice[] = {0, 1, 1, 2, 0, 1}, two[] = {2, 1};
    static const float values[] = {1, 2.5f, -3, 0}, others[] = {1, 2.5f, 3};
    const struct sibyl_network cases[] = {
        {.nodes = 3, .operations = without, .edge_count = 2, .edges = short_way, NULL, others},
        {.nodes = 4, .operations = through, .edge_count = 3, .edges = long_way, NULL, values},
        {.nodes = 3, .operations = without, .edge_count = 3, .edges = twice, NULL, others},
        {.nodes = 3, .operations = without, .edge_count = 2, .edges = short_way, two, others}};
    char hash[2][4][SIBYL_HASH_BYTES];
    float copy[4];
    uint32_t multiplicities[2];
    for (size_t attributes = 0; attributes < 2; attributes++) {
        struct sibyl_graphs *graphs = NULL;
        WORKS(sibyl_graphs_new(&graphs, words, 4, attributes, &status));
        CU_ASSERT_EQUAL(sibyl_graphs_attributes(graphs), attributes);
        for (size_t i = 0; i < 4; i++) {
            WORKS(sibyl_graphs_add(graphs, &cases[i], &status));
            WORKS(sibyl_graphs_hash(graphs, i, hash[attributes][i], &status));
        }
        WORKS(sibyl_graphs_copy_attributes(graphs, 1, copy, &status));
        WORKS(sibyl_graphs_copy_edges(graphs, 2, NULL, multiplicities, &status));
        CU_ASSERT_EQUAL(multiplicities[0], 2);
        if (attributes) CU_ASSERT_EQUAL(memcmp(copy, values, sizeof(copy)), 0);
        CU_ASSERT_STRING_EQUAL(hash[attributes][2], hash[attributes][3]);
        CU_ASSERT_STRING_NOT_EQUAL(hash[attributes][0], hash[attributes][2]);
        sibyl_graphs_free(graphs);
    }
    CU_ASSERT_STRING_EQUAL(hash[0][0], hash[0][1]);
    CU_ASSERT_STRING_NOT_EQUAL(hash[1][0], hash[1][1]); /* 2.5 is not -3 */
}

static void test_bad_networks(void)
{
    static const char *const words[] = {"input", "conv", "output"};
    static const char *const foreign[] = {"input", "conv3", "output"};
    static const char *const holes[] = {"input", NULL, "output"};
    static const uint32_t good[] = {0, 1, 1, 2}, cycle[] = {0, 1, 1, 0}, loop[] = {0, 1, 1, 1},
                          far[] = {0, 1, 1, 3}, none[] = {1, 0}, many[] = {1, 1000001};
    static const float finite[] = {1, 2, 3}, wrong[] = {1, NAN, 3};
    const struct {
        struct sibyl_network n;
        enum sibyl_code code;
        const char *text;
    } cases[] = {
        {{3, words, 2, cycle, NULL, finite}, SIBYL_CODE_FORMAT, "cycle"},
        {{3, words, 2, loop, NULL, finite}, SIBYL_CODE_FORMAT, "loop"},
        {{3, words, 2, far, NULL, finite}, SIBYL_CODE_FORMAT, "only 3 nodes"},
        {{3, words, 2, good, none, finite}, SIBYL_CODE_FORMAT, "multiplicity 0"},
        {{3, words, 2, good, many, finite}, SIBYL_CODE_FORMAT, "multiplicity 1000001"},
        {{3, words, 2, good, NULL, wrong}, SIBYL_CODE_FORMAT, "finite"},
        {{3, words, 2, good, NULL, NULL}, SIBYL_CODE_ARGUMENT, "attributes must not be NULL"},
        {{3, words, 2, NULL, NULL, finite}, SIBYL_CODE_ARGUMENT, "edges must not be NULL"},
        {{3, NULL, 2, good, NULL, finite}, SIBYL_CODE_ARGUMENT, "operations must not be NULL"},
        {{3, foreign, 2, good, NULL, finite}, SIBYL_CODE_FORMAT, "operation conv3"},
        {{3, holes, 2, good, NULL, finite}, SIBYL_CODE_ARGUMENT, "node 1"},
        {{0, words, 0, good, NULL, finite}, SIBYL_CODE_FORMAT, "0 nodes"},
        {{SIZE_MAX, words, 0, good, NULL, finite}, SIBYL_CODE_FORMAT, "want 1..1000000"},
        {{3, words, SIZE_MAX, good, NULL, finite}, SIBYL_CODE_FORMAT, "want 0..16000000"},
    };
    struct sibyl_graphs *graphs = NULL;
    WORKS(sibyl_graphs_new(&graphs, case_operations, CASE_OPERATIONS, 1, &status));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        REFUSED(sibyl_graphs_add(graphs, &cases[i].n, &status), cases[i].code, cases[i].text);
        CU_ASSERT_EQUAL(sibyl_graphs_add(graphs, &cases[i].n, NULL), cases[i].code);
        CU_ASSERT_EQUAL(sibyl_graphs_count(graphs), 0);
    }
    const struct sibyl_network right = {3, words, 2, good, NULL, finite};
    WORKS(sibyl_graphs_add(graphs, &right, &status));
    CU_ASSERT_EQUAL(sibyl_graphs_count(graphs), 1);
    CU_ASSERT_PTR_NULL(sibyl_graphs_operation(graphs, 0, 3));
    CU_ASSERT_PTR_NULL(sibyl_graphs_operation(graphs, 1, 0));
    CU_ASSERT_EQUAL(sibyl_graphs_nodes(graphs, 1), 0);
    CU_ASSERT_EQUAL(sibyl_graphs_edges(graphs, SIZE_MAX), 0);
    sibyl_graphs_free(graphs);
}

static void test_bad_lists(void)
{
    static const char *const twice[] = {"conv", "conv"}, *const empty[] = {""},
                             *const hole[] = {NULL};
    struct sibyl_graphs *graphs = NULL;
    char hash[SIBYL_HASH_BYTES], endless[300];
    const char *const endless_word[] = {endless};
    memset(endless, 'x', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    REFUSED(sibyl_graphs_new(&graphs, twice, 2, 0, &status), SIBYL_CODE_FORMAT, "there already");
    REFUSED(sibyl_graphs_new(&graphs, empty, 1, 0, &status), SIBYL_CODE_FORMAT, "0 bytes");
    REFUSED(sibyl_graphs_new(&graphs, hole, 1, 0, &status), SIBYL_CODE_FORMAT, "0 bytes");
    REFUSED(sibyl_graphs_new(&graphs, endless_word, 1, 0, &status), SIBYL_CODE_FORMAT, "299 bytes");
    REFUSED(sibyl_graphs_new(&graphs, twice, 0, 0, &status), SIBYL_CODE_FORMAT, "0 operations");
    REFUSED(sibyl_graphs_new(&graphs, twice, SIZE_MAX, 0, &status), SIBYL_CODE_FORMAT, "1..1024");
    REFUSED(sibyl_graphs_new(&graphs, case_operations, 4, 65, &status), SIBYL_CODE_FORMAT, "0..64");
    REFUSED(sibyl_graphs_new(&graphs, NULL, 4, 0, &status), SIBYL_CODE_ARGUMENT, "operations");
    REFUSED(sibyl_graphs_new(NULL, case_operations, 4, 0, &status), SIBYL_CODE_ARGUMENT, "out");
    CU_ASSERT_PTR_NULL(graphs);
    REFUSED(sibyl_graphs_add(NULL, NULL, &status), SIBYL_CODE_ARGUMENT, "graphs");
    REFUSED(sibyl_graphs_hash(NULL, 0, hash, &status), SIBYL_CODE_ARGUMENT, "graphs");
    WORKS(sibyl_graphs_new(&graphs, case_operations, 4, 0, &status));
    REFUSED(sibyl_graphs_add(graphs, NULL, &status), SIBYL_CODE_ARGUMENT, "network");
    REFUSED(sibyl_graphs_hash(graphs, 0, hash, &status), SIBYL_CODE_ARGUMENT, "a list of 0");
    REFUSED(sibyl_graphs_copy_edges(graphs, 0, NULL, NULL, &status), SIBYL_CODE_ARGUMENT, "of 0");
    REFUSED(sibyl_graphs_copy_attributes(graphs, 0, NULL, &status), SIBYL_CODE_ARGUMENT, "of 0");
    const struct sibyl_network bare = {.nodes = 1, .operations = case_operations + 2};
    WORKS(sibyl_graphs_add(graphs, &bare, &status)); /* neither an input nor an output */
    REFUSED(sibyl_graphs_hash(graphs, 0, hash, &status), SIBYL_CODE_FORMAT, "nothing of the graph");
    sibyl_graphs_free(graphs);
    sibyl_graphs_free(NULL);
    sibyl_graphs_clear(NULL);
    CU_ASSERT_EQUAL(sibyl_graphs_count(NULL), 0);
    CU_ASSERT_EQUAL(sibyl_graphs_attributes(NULL), 0);
    CU_ASSERT_STRING_EQUAL(sibyl_version(), SIBYL_VERSION);
}

/* ---- datasets ---- */

#define ROWS 5
#define LABELS 2
static const double table[ROWS][LABELS] = {{0.5, 1}, {NAN, 2}, {0.25, NAN}, {0, -4}, {1, 1e300}};

/* Row i has i + 2 nodes in a line. */
static void write_dataset(const char *path)
{
    static const char *const labels[LABELS] = {"accuracy", "latency_ms"};
    struct dataset d = {0};
    struct arena arena;
    arena_init(&arena);
    CHECK_OK(dataset_begin(&d, "mine", case_operations, CASE_OPERATIONS, labels, LABELS));
    for (uint32_t i = 0; i < ROWS; i++) {
        struct graph g;
        uint16_t ops[ROWS + 2] = {0};
        struct graph_edge edges[ROWS + 2];
        char text[16], id[16];
        for (uint32_t k = 0; k <= i; k++) edges[k] = (struct graph_edge){k, k + 1, 1};
        for (uint32_t k = 1; k <= i; k++) ops[k] = 2;
        ops[i + 1] = 1;
        CHECK_OK(graph_make(&g, &arena, ops, i + 2, edges, i + 1, CASE_OPERATIONS));
        snprintf(text, sizeof(text), "line %u", i);
        CHECK_OK(dataset_add(&d, &g, i == 3 ? "" : text, table[i]));
        snprintf(id, sizeof(id), "id%u", i);
        if (i != 2) CHECK_OK(dataset_set_id(&d, id));
    }
    CHECK_OK(dataset_write(&d, path));
    dataset_release(&d);
    arena_release(&arena);
}

static void check_dataset(const struct sibyl_dataset *d)
{
    size_t label = 99;
    CU_ASSERT_EQUAL(sibyl_dataset_rows(d), ROWS);
    CU_ASSERT_EQUAL(sibyl_dataset_labels(d), LABELS);
    CU_ASSERT_EQUAL(sibyl_dataset_operations(d), CASE_OPERATIONS);
    CU_ASSERT_EQUAL(sibyl_dataset_attributes(d), 0);
    for (size_t i = 0; i < CASE_OPERATIONS; i++)
        CU_ASSERT_STRING_EQUAL(sibyl_dataset_operation(d, i), case_operations[i]);
    CU_ASSERT_PTR_NULL(sibyl_dataset_operation(d, CASE_OPERATIONS));
    CU_ASSERT_STRING_EQUAL(sibyl_dataset_label(d, 1), "latency_ms");
    CU_ASSERT_PTR_NULL(sibyl_dataset_label(d, LABELS));
    for (size_t i = 0; i <= ROWS; i++) {
        for (size_t k = 0; k <= LABELS; k++) {
            double got = sibyl_dataset_value(d, i, k);
            bool known = i < ROWS && k < LABELS && !isnan(table[i][k]);
            CU_ASSERT(known ? memcmp(&got, &table[i][k], sizeof(got)) == 0 : isnan(got));
        }
    }
    CU_ASSERT_STRING_EQUAL(sibyl_dataset_id(d, 1), "id1");
    CU_ASSERT_STRING_EQUAL(sibyl_dataset_id(d, 2), "");
    CU_ASSERT_STRING_EQUAL(sibyl_dataset_text(d, 2), "line 2");
    CU_ASSERT_STRING_EQUAL(sibyl_dataset_text(d, 3), "");
    CU_ASSERT_PTR_NULL(sibyl_dataset_text(d, ROWS));
    WORKS(sibyl_dataset_find_label(d, "latency_ms", &label, &status));
    CU_ASSERT_EQUAL(label, 1);
    REFUSED(sibyl_dataset_find_label(d, "latency", &label, &status), SIBYL_CODE_ARGUMENT,
            "accuracy");
}

/* Rows in a list of the same words in another order. */
static struct sibyl_graphs *in_other_order(const struct sibyl_dataset *d,
                                           const struct sibyl_graphs *graphs)
{
    static const char *const words[] = {"pool", "output", "conv", "input"};
    char a[SIBYL_HASH_BYTES], b[SIBYL_HASH_BYTES];
    struct sibyl_graphs *mine = NULL;
    WORKS(sibyl_graphs_new(&mine, words, 4, 0, &status));
    WORKS(sibyl_graphs_add_rows(mine, d, 3, 1, &status));
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_STRING_EQUAL(sibyl_graphs_operation(mine, 0, i),
                               sibyl_graphs_operation(graphs, 2, i));
    WORKS(sibyl_graphs_add_rows(mine, d, 3, 1, &status));
    WORKS(sibyl_graphs_hash(mine, 0, a, &status));
    WORKS(sibyl_graphs_hash(mine, 1, b, &status));
    CU_ASSERT_STRING_EQUAL(a, b);
    return mine;
}

static void test_dataset(void)
{
    static const char *const fewer[] = {"input", "output", "pool"};
    char *path = case_file();
    struct sibyl_dataset *d = NULL;
    struct sibyl_graphs *graphs = NULL, *small = NULL;
    write_dataset(path);
    WORKS(sibyl_dataset_read(&d, path, &status));
    check_dataset(d);
    WORKS(sibyl_dataset_graphs(d, &graphs, &status));
    WORKS(sibyl_graphs_add_rows(graphs, d, 1, 3, &status));
    CU_ASSERT_EQUAL(sibyl_graphs_count(graphs), 3);
    CU_ASSERT_EQUAL(sibyl_graphs_nodes(graphs, 2), 5);
    struct sibyl_graphs *mine = in_other_order(d, graphs);
    /* All of the rows, or none. */
    WORKS(sibyl_graphs_new(&small, fewer, 3, 0, &status));
    REFUSED(sibyl_graphs_add_rows(small, d, 0, 2, &status), SIBYL_CODE_FORMAT, "row 1");
    CU_ASSERT_EQUAL(sibyl_graphs_count(small), 0);
    WORKS(sibyl_graphs_add_rows(small, d, 0, 1, &status));
    REFUSED(sibyl_graphs_add_rows(small, d, 4, 2, &status), SIBYL_CODE_ARGUMENT, "dataset of 5");
    REFUSED(sibyl_graphs_add_rows(small, d, 1, SIZE_MAX, &status), SIBYL_CODE_ARGUMENT, "of 5");
    WORKS(sibyl_graphs_add_rows(small, d, 5, 0, &status));
    sibyl_dataset_free(d); /* the lists live on */
    CU_ASSERT_STRING_EQUAL(sibyl_graphs_operation(mine, 1, 4), "output");
    sibyl_graphs_free(graphs);
    sibyl_graphs_free(mine);
    sibyl_graphs_free(small);
    CU_ASSERT_EQUAL(remove(path), 0);
    free(path);
}

/* Every beginning of a file, and every byte of it changed, is refused or reads as it was. */
static void test_damaged_dataset(void)
{
    char *path = case_file();
    size_t bytes;
    write_dataset(path);
    unsigned char *data = case_read(path, &bytes);
    for (size_t cut = 0; cut < bytes; cut++) {
        struct sibyl_dataset *d = NULL;
        struct sibyl_status status;
        case_write(path, data, cut);
        CU_ASSERT_EQUAL(sibyl_dataset_read(&d, path, &status), SIBYL_CODE_FORMAT);
        CU_ASSERT_PTR_NOT_NULL(strstr(status.message, path));
        CU_ASSERT_PTR_NULL(d);
    }
    for (size_t i = 0; i < bytes; i++) {
        struct sibyl_dataset *d = NULL;
        data[i] ^= 0x41;
        case_write(path, data, bytes);
        data[i] ^= 0x41;
        enum sibyl_code code = sibyl_dataset_read(&d, path, NULL);
        CU_ASSERT(code == SIBYL_CODE_FORMAT || (!code && sibyl_dataset_rows(d) == ROWS));
        sibyl_dataset_free(d);
    }
    free(data);
    remove(path);
    struct sibyl_dataset *d = NULL;
    struct sibyl_predictor *p = NULL;
    REFUSED(sibyl_dataset_read(&d, path, &status), SIBYL_CODE_IO, path);
    REFUSED(sibyl_dataset_read(&d, NULL, &status), SIBYL_CODE_ARGUMENT, "path");
    REFUSED(sibyl_dataset_read(NULL, path, &status), SIBYL_CODE_ARGUMENT, "out");
    REFUSED(sibyl_predictor_read(&p, "/", &status), SIBYL_CODE_IO, "/");
    sibyl_dataset_free(NULL);
    CU_ASSERT_EQUAL(sibyl_dataset_rows(NULL), 0);
    CU_ASSERT(isnan(sibyl_dataset_value(NULL, 0, 0)));
    CU_ASSERT_PTR_NULL(sibyl_dataset_id(NULL, 0));
    free(path);
}

/* ---- metrics ---- */

#define PAIRS 40

/* By the definition of tau-b. */
static double tau_of(const double *a, const double *b, size_t count)
{
    double sum = 0, in_a = 0, in_b = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            double x = (a[i] > a[j]) - (a[i] < a[j]), y = (b[i] > b[j]) - (b[i] < b[j]);
            sum += x * y;
            in_a += x * x;
            in_b += y * y;
        }
    }
    return sum / sqrt(in_a * in_b);
}

static void test_metrics(void)
{
    double predictions[PAIRS], labels[PAIRS], out = 0, error = 0;
    for (int i = 0; i < PAIRS; i++) {
        labels[i] = (i * 17) % 23 + 1;
        predictions[i] = labels[i] + (i * 7) % 5 - 2;
        error += fabs(predictions[i] - labels[i]) / labels[i] / PAIRS;
    }
    struct sibyl_pairs pairs = {predictions, labels, PAIRS, 0};
    WORKS(sibyl_kendall_tau(&pairs, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, tau_of(predictions, labels, PAIRS), 1e-12);
    WORKS(sibyl_relative_error(&pairs, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, error, 1e-12);
    struct sibyl_pairs same = {labels, labels, 23, 0};
    WORKS(sibyl_spearman(&same, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, 1, 1e-12);
    WORKS(sibyl_within(&same, 0, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, 1, 0);
    WORKS(sibyl_top_overlap(&same, 5, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, 1, 0);
    WORKS(sibyl_top_tenth_tau(&same, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, 1, 1e-12);
    /* The labels 1 .. 23: taken for the best, the lowest is the 23rd. */
    double against[23];
    for (int i = 0; i < 23; i++) against[i] = -labels[i];
    struct sibyl_pairs turned = {against, labels, 23, 0};
    WORKS(sibyl_best_rank(&turned, 3, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, 21, 0);
    struct sibyl_pairs lowest = {labels, labels, 23, 1};
    WORKS(sibyl_best_rank(&lowest, 1, &out, &status));
    CU_ASSERT_DOUBLE_EQUAL(out, 1, 0);
    WORKS(sibyl_best_rank(&turned, 24, &out, &status));
    CU_ASSERT(isnan(out));
    struct sibyl_pairs none = {NULL, NULL, 0, 0}, half = {labels, NULL, 3, 0};
    WORKS(sibyl_kendall_tau(&none, &out, &status));
    CU_ASSERT(isnan(out));
    REFUSED(sibyl_spearman(&half, &out, &status), SIBYL_CODE_ARGUMENT, "labels");
    REFUSED(sibyl_top_overlap(NULL, 1, &out, &status), SIBYL_CODE_ARGUMENT, "pairs");
    REFUSED(sibyl_best_rank(&same, 1, NULL, &status), SIBYL_CODE_ARGUMENT, "out");
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"networks", test_networks},         {"what is a network", test_what_is_a_network},
        {"bad networks", test_bad_networks}, {"bad lists", test_bad_lists},
        {"a dataset", test_dataset},         {"a damaged dataset", test_damaged_dataset},
        {"metrics", test_metrics},           CU_TEST_INFO_NULL};
    return unit_run("library", tests);
}
