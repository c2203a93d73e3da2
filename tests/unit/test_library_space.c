/* Search spaces through libsibyl: counts that are known, points by number, by chance and by text,
 * texts of networks, pools, and a process whose numbers have a decimal comma. */
#include "tests/unit/library_case.h"

#include "proto/files/dataset.h"

#include <inttypes.h>
#include <locale.h>
#include <unistd.h>

#define TEXT_BYTES 512

/* The different hashes among `count` texts. */
static size_t distinct(char (*hashes)[SIBYL_HASH_BYTES], size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < found && strcmp(hashes[k], hashes[i]) != 0) k++;
        if (k == found) memcpy(hashes[found++], hashes[i], SIBYL_HASH_BYTES);
    }
    return found;
}

/* All points of digits201, their networks one by one. */
static void test_counts(void)
{
    enum { POINTS = 729 };
    static char hashes[POINTS][SIBYL_HASH_BYTES];
    struct sibyl_space *space = NULL;
    struct sibyl_graphs *graphs = NULL;
    char text[TEXT_BYTES], number[1200], want[32];
    WORKS(sibyl_space_open(&space, "digits201", &status));
    CU_ASSERT_STRING_EQUAL(sibyl_space_name(space), "digits201");
    CU_ASSERT_STRING_EQUAL(sibyl_space_points(space), "729"); /* 3 operations on 6 edges */
    CU_ASSERT_EQUAL(sibyl_space_size(space), POINTS);
    CU_ASSERT_FATAL(sibyl_space_text_bytes(space) <= sizeof(text));
    WORKS(sibyl_space_graphs(space, &graphs, &status));
    for (uint64_t i = 0; i < POINTS; i++) {
        WORKS(sibyl_space_at(space, i, ROOM(text), &status));
        WORKS(sibyl_graphs_add_text(graphs, space, text, &status));
        WORKS(sibyl_graphs_hash(graphs, i, hashes[i], &status));
    }
    snprintf(want, sizeof(want), "%zu", distinct(hashes, POINTS));
    WORKS(sibyl_space_networks(space, ROOM(number), &status));
    CU_ASSERT_STRING_EQUAL(number, want);
    REFUSED(sibyl_space_at(space, POINTS, ROOM(text), &status), SIBYL_CODE_ARGUMENT, "729");
    REFUSED(sibyl_space_networks(space, &(struct sibyl_text){number, 2}, &status), SIBYL_CODE_RANGE,
            "room for 2");
    REFUSED(sibyl_graphs_add_text(graphs, space, "|none~0|", &status), SIBYL_CODE_FORMAT, "");
    CU_ASSERT_EQUAL(sibyl_graphs_count(graphs), POINTS);
    sibyl_graphs_free(graphs);
    sibyl_space_free(space);
}

/* A text becomes a network, and that the text of a point with an isomorphic network. */
static void round_trip(const struct sibyl_space *space, struct sibyl_graphs *graphs,
                       const char *text)
{
    char found[TEXT_BYTES], a[SIBYL_HASH_BYTES], b[SIBYL_HASH_BYTES];
    sibyl_graphs_clear(graphs);
    WORKS(sibyl_graphs_add_text(graphs, space, text, &status));
    WORKS(sibyl_space_find(space, graphs, 0, ROOM(found), &status));
    WORKS(sibyl_graphs_add_text(graphs, space, found, &status));
    WORKS(sibyl_graphs_hash(graphs, 0, a, &status));
    WORKS(sibyl_graphs_hash(graphs, 1, b, &status));
    CU_ASSERT_STRING_EQUAL(a, b);
}

static void test_nasbench101(void)
{
    struct sibyl_space *space = NULL;
    struct sibyl_graphs *graphs = NULL;
    char text[TEXT_BYTES], again[TEXT_BYTES];
    WORKS(sibyl_space_open(&space, "nasbench101", &status));
    CU_ASSERT_FATAL(sibyl_space_text_bytes(space) <= sizeof(text));
    WORKS(sibyl_space_graphs(space, &graphs, &status));
    for (uint64_t i = 0; i < sibyl_space_size(space); i += 9973) {
        WORKS(sibyl_space_at(space, i, ROOM(text), &status));
        round_trip(space, graphs, text);
    }
    WORKS(sibyl_space_networks(space, ROOM(again), &status));
    CU_ASSERT_STRING_EQUAL(again, "423624"); /* Ying et al. 2019 */
    for (uint64_t draw = 0; draw < 50; draw++) {
        WORKS(sibyl_space_sample(space, 7, draw, ROOM(text), &status));
        WORKS(sibyl_space_sample(space, 7, draw, ROOM(again), &status));
        CU_ASSERT_STRING_EQUAL(text, again);
        round_trip(space, graphs, text);
    }
    WORKS(sibyl_space_sample(space, 8, 49, ROOM(again), &status));
    CU_ASSERT_STRING_NOT_EQUAL(text, again);
    sibyl_graphs_free(graphs);
    sibyl_space_free(space);
}

static void test_refused_spaces(void)
{
    char *path = case_file(), *renamed, text[TEXT_BYTES];
    struct sibyl_space *space = NULL, *cells = NULL, *digits = NULL;
    struct sibyl_graphs *graphs = NULL;
    REFUSED(sibyl_space_open(&space, "nasbench2o1", &status), SIBYL_CODE_ARGUMENT, "nasbench201");
    REFUSED(sibyl_space_open(&space, "no/such.yaml", &status), SIBYL_CODE_ARGUMENT, "such.yaml");
    REFUSED(sibyl_space_open(&space, NULL, &status), SIBYL_CODE_ARGUMENT, "NULL");
    REFUSED(sibyl_space_open(NULL, "digits201", &status), SIBYL_CODE_ARGUMENT, "out");
    REFUSED(sibyl_space_open_pool(&space, "/no/such.sibyl", &status), SIBYL_CODE_IO, "such.sibyl");
    REFUSED(sibyl_space_open_pool(&space, path, &status), SIBYL_CODE_FORMAT, path);
    renamed = malloc(strlen(path) + 6);
    CU_ASSERT_PTR_NOT_NULL_FATAL(renamed);
    sprintf(renamed, "%s.yaml", path);
    case_write(renamed, "cell: {\n  nodes: -3\n", 20);
    REFUSED(sibyl_space_open(&space, renamed, &status), SIBYL_CODE_ARGUMENT, renamed);
    CU_ASSERT_PTR_NULL(space);
    WORKS(sibyl_space_open(&cells, "nasbench201", &status));
    WORKS(sibyl_space_open(&digits, "digits201", &status));
    CU_ASSERT_STRING_EQUAL(sibyl_space_points(cells), "15625"); /* 5 operations on 6 edges */
    WORKS(sibyl_space_graphs(digits, &graphs, &status));
    WORKS(sibyl_space_at(cells, 0, ROOM(text), &status));
    REFUSED(sibyl_space_find(cells, graphs, 0, ROOM(text), &status), SIBYL_CODE_ARGUMENT, "of 0");
    WORKS(sibyl_graphs_add_text(graphs, cells, text, &status)); /* they have the same words */
    REFUSED(sibyl_space_find(cells, graphs, 0, ROOM(text), &status), SIBYL_CODE_UNSUPPORTED,
            "cannot tell");
    WORKS(sibyl_space_open(&space, "nasbench101", &status));
    WORKS(sibyl_space_at(space, 1000, ROOM(text), &status));
    REFUSED(sibyl_graphs_add_text(graphs, space, text, &status), SIBYL_CODE_FORMAT, "operation ");
    CU_ASSERT_EQUAL(sibyl_graphs_count(graphs), 1);
    REFUSED(sibyl_space_find(space, graphs, 0, ROOM(text), &status), SIBYL_CODE_ARGUMENT,
            "operations");
    sibyl_space_free(space);
    REFUSED(sibyl_space_at(cells, 0, &(struct sibyl_text){NULL, 9}, &status), SIBYL_CODE_ARGUMENT,
            "bytes");
    REFUSED(sibyl_space_at(NULL, 0, ROOM(text), &status), SIBYL_CODE_ARGUMENT, "space");
    REFUSED(sibyl_space_sample(cells, 1, 1, NULL, &status), SIBYL_CODE_ARGUMENT, "out");
    REFUSED(sibyl_graphs_add_text(graphs, cells, NULL, &status), SIBYL_CODE_ARGUMENT, "text");
    sibyl_space_free(NULL);
    CU_ASSERT_PTR_NULL(sibyl_space_name(NULL));
    CU_ASSERT_EQUAL(sibyl_space_text_bytes(NULL), 0);
    sibyl_graphs_free(graphs);
    sibyl_space_free(cells);
    sibyl_space_free(digits);
    remove(renamed);
    remove(path);
    free(renamed);
    free(path);
}

/* ---- pools ---- */

static void test_pool(void)
{
    static const char *const ids[3] = {"first", "second", "third"};
    static const uint16_t ops[3] = {0, 2, 1};
    struct dataset d = {0};
    struct arena arena;
    struct sibyl_space *space = NULL;
    struct sibyl_graphs *graphs = NULL;
    char *path = case_file(), text[TEXT_BYTES], number[1200];
    arena_init(&arena);
    CHECK_OK(dataset_begin(&d, "mine", case_operations, CASE_OPERATIONS, NULL, 0));
    for (uint32_t i = 0; i < 3; i++) { /* the first and the third are one network */
        struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 1}, {0, 2, 1}};
        struct graph g;
        CHECK_OK(graph_make(&g, &arena, ops, 3, edges, i == 1 ? 3 : 2, CASE_OPERATIONS));
        CHECK_OK(dataset_add(&d, &g, "", NULL));
        CHECK_OK(dataset_set_id(&d, ids[i]));
    }
    CHECK_OK(dataset_write(&d, path));
    WORKS(sibyl_space_open_pool(&space, path, &status));
    CU_ASSERT_STRING_EQUAL(sibyl_space_points(space), "2");
    WORKS(sibyl_space_networks(space, ROOM(number), &status));
    CU_ASSERT_STRING_EQUAL(number, "2");
    WORKS(sibyl_space_at(space, 1, ROOM(text), &status));
    CU_ASSERT_STRING_EQUAL(text, "second");
    WORKS(sibyl_space_graphs(space, &graphs, &status));
    WORKS(sibyl_graphs_add_text(graphs, space, "third", &status));
    WORKS(sibyl_space_find(space, graphs, 0, ROOM(text), &status));
    CU_ASSERT_STRING_EQUAL(text, "first");
    REFUSED(sibyl_graphs_add_text(graphs, space, "fourth", &status), SIBYL_CODE_FORMAT, "fourth");
    sibyl_graphs_free(graphs);
    sibyl_space_free(space);
    dataset_release(&d);
    arena_release(&arena);
    remove(path);
    free(path);
}

/* ---- a decimal comma ---- */

static const char fractions[] = "parts:\n  - {chain: 2, block: {rate: [0.25, 0.5]}}\n";

/* A locale that has nothing but a decimal comma, in a folder of its own. False: none can be made,
 * for want of Debian's package locales. */
static bool take_comma(char *folder)
{
    static const char source[] = "comment_char %\nescape_char /\nLC_NUMERIC\n"
                                 "decimal_point \"<U002C>\"\nthousands_sep \"\"\ngrouping -1\n"
                                 "END LC_NUMERIC\n";
    char command[256], text[16];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(command, sizeof(command), "%s/source", folder);
    case_write(command, source, sizeof(source) - 1);
    snprintf(command, sizeof(command), "cd %s && localedef -c -i source ./comma >log 2>&1", folder);
    CU_ASSERT(system(command) >= 0); /* it warns of all other categories */
    CU_ASSERT_EQUAL_FATAL(setenv("LOCPATH", folder, 1), 0);
    if (access("/usr/share/i18n/charmaps", F_OK)) return false;
    CU_ASSERT_PTR_NOT_NULL_FATAL(setlocale(LC_NUMERIC, "comma"));
    snprintf(text, sizeof(text), "%g", 0.5);
    CU_ASSERT_STRING_EQUAL_FATAL(text, "0,5");
    return true;
}

static void test_decimal_comma(void)
{
    char folder[] = "/tmp/sibyl_library_XXXXXX", command[64], text[TEXT_BYTES], plain[TEXT_BYTES];
    char *path = case_file(), renamed[64];
    struct sibyl_space *space = NULL, *with_comma = NULL;
    struct sibyl_graphs *graphs = NULL;
    float values[64] = {0};
    snprintf(renamed, sizeof(renamed), "%s.yaml", path);
    case_write(renamed, fractions, sizeof(fractions) - 1);
    WORKS(sibyl_space_open(&space, renamed, &status));
    WORKS(sibyl_space_at(space, 0, ROOM(plain), &status));
    bool comma = take_comma(folder);
    if (!comma) printf("no locale can be made here (install locales): with a point alone ...");
    WORKS(sibyl_space_open(&with_comma, renamed, &status));
    WORKS(sibyl_space_at(with_comma, 0, ROOM(text), &status));
    CU_ASSERT_STRING_EQUAL(text, plain);
    WORKS(sibyl_space_graphs(with_comma, &graphs, &status));
    WORKS(sibyl_graphs_add_text(graphs, with_comma, plain, &status));
    WORKS(sibyl_graphs_copy_attributes(graphs, 0, values, &status));
    bool found = false;
    size_t count = sibyl_graphs_nodes(graphs, 0) * sibyl_graphs_attributes(graphs);
    for (size_t i = 0; i < count && i < 64; i++) found |= values[i] == 0.25f;
    CU_ASSERT(found);
    CU_ASSERT_STRING_EQUAL(setlocale(LC_NUMERIC, NULL), comma ? "comma" : "C"); /* left as it was */
    snprintf(text, sizeof(text), "%g", 0.5);
    CU_ASSERT_STRING_EQUAL(text, comma ? "0,5" : "0.5");
    setlocale(LC_NUMERIC, "C");
    sibyl_graphs_free(graphs);
    sibyl_space_free(space);
    sibyl_space_free(with_comma);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    CU_ASSERT_EQUAL(system(command), 0);
    remove(renamed);
    remove(path);
    free(path);
}

int main(void)
{
    CU_TestInfo tests[] = {{"counts", test_counts},
                           {"NAS-Bench-101", test_nasbench101},
                           {"refused spaces", test_refused_spaces},
                           {"a pool", test_pool},
                           {"a decimal comma", test_decimal_comma},
                           CU_TEST_INFO_NULL};
    return unit_run("library_space", tests);
}
