/* The table evaluator, on small tables made here: what it must say follows from the rows by hand.
 */
#include "tests/unit/unit.h"

#include "proto/files/dataset.h"
#include "search/evaluators/evaluator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POINTS 400

static char folder[] = "/tmp/sibyl_test_table_XXXXXX";
static char file[128];

/* A table of the points 0 .. count - 1 of the space; two labels, the second only for the first
 * half. */
static double row_value(uint64_t index)
{
    return 0.5 + 0.25 * (double)((index * 37) % 101) / 101.0;
}

static void write_table(const struct space *s, uint64_t count)
{
    static const char *const labels[] = {"accuracy", "rare"};
    struct dataset d = {0};
    struct arena arena;
    arena_init(&arena);
    char *text = calloc(1, (size_t)s->text_bytes + 1);
    CHECK_OK(dataset_begin(&d, s->name, (const char *const *)s->vocabulary.names,
                           s->vocabulary.count, labels, 2));
    for (uint64_t i = 0; i < count; i++) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        struct graph graph;
        double values[2] = {row_value(i), i < count / 2 ? 1.0 : NAN};
        s->at(s, i, g);
        CHECK_OK(s->graph(s, g, &graph, &arena));
        s->text(s, g, text);
        CHECK_OK(dataset_add(&d, &graph, text, values));
    }
    CHECK_OK(dataset_write(&d, file));
    dataset_release(&d);
    arena_release(&arena);
    free(text);
}

static void point(const struct space *s, uint64_t i, uint16_t *g, struct hash128 *h)
{
    s->at(s, i, g);
    CHECK_OK(space_hash(s, g, h));
}

/* The mean over all rows of the table that are the same network, the slow way. */
static double slow_mean(const struct hash128 *hashes, uint64_t count, struct hash128 h,
                        unsigned *rows)
{
    double sum = 0;
    *rows = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (hash128_compare(hashes[i], h) != 0) continue;
        sum += row_value(i);
        ++*rows;
    }
    return sum / *rows;
}

static void test_means_and_best(void)
{
    struct space *s = NULL;
    struct evaluator e = {0}, less = {0};
    struct hash128 *hashes = calloc(POINTS, sizeof(*hashes));
    CHECK_OK(space_new("digits201", &s));
    CU_ASSERT_FATAL(s->strings > POINTS);
    write_table(s, POINTS);
    struct evaluator_table_options o = {.file = file, .value = "accuracy"};
    CHECK_OK(evaluator_table(&e, s, &o));
    CU_ASSERT_EQUAL_FATAL(e.files.count, 1);
    CU_ASSERT_STRING_EQUAL(e.files.list[0].path, file);
    CU_ASSERT_EQUAL(strlen(e.files.list[0].digest), HASH128_TEXT_BYTES - 1);
    o.minimise = true;
    CHECK_OK(evaluator_table(&less, s, &o));
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    for (uint64_t i = 0; i < POINTS; i++) point(s, i, g, &hashes[i]);
    double best = -INFINITY, worst = INFINITY;
    unsigned shared = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        struct evaluation v;
        uint16_t genes[SPACE_GENES_BUILT_IN];
        struct candidate c = {.genes = genes, .hash = hashes[i]};
        unsigned rows;
        double mean = slow_mean(hashes, POINTS, hashes[i], &rows);
        shared += rows > 1;
        s->at(s, i, genes);
        CHECK_OK(e.evaluate(&e, s, &c, NULL, &v));
        CU_ASSERT_FALSE(v.failed);
        CU_ASSERT_DOUBLE_EQUAL(v.value, mean, 1e-12);
        CHECK_OK(less.evaluate(&less, s, &c, NULL, &v));
        CU_ASSERT_DOUBLE_EQUAL(v.value, -mean, 1e-12);
        best = fmax(best, mean);
        worst = fmin(worst, mean);
    }
    CU_ASSERT(shared > 0); /* else this test shows nothing about isomorphic rows */
    double value;
    unsigned rows;
    struct hash128 hash;
    CU_ASSERT_FATAL(e.best_known(&e, &value, &hash));
    CU_ASSERT_DOUBLE_EQUAL(value, best, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(slow_mean(hashes, POINTS, hash, &rows), best, 1e-12);
    CU_ASSERT_FATAL(less.best_known(&less, &value, &hash));
    CU_ASSERT_DOUBLE_EQUAL(value, -worst, 1e-12);
    evaluator_release(&e);
    evaluator_release(&less);
    space_free(s);
    free(hashes);
}

/* A network that the table has no row of, or no value for. */
static void test_missing(void)
{
    struct space *s = NULL;
    struct evaluator e = {0};
    struct evaluation v;
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    struct hash128 first, other;
    CHECK_OK(space_new("digits201", &s));
    write_table(s, 1);
    struct evaluator_table_options o = {.file = file, .value = "accuracy"};
    CHECK_OK(evaluator_table(&e, s, &o));
    point(s, 0, g, &first);
    point(s, s->strings - 1, g, &other);
    CU_ASSERT_NOT_EQUAL_FATAL(hash128_compare(first, other), 0);
    struct candidate c = {.genes = g, .hash = other};
    CHECK_OK(e.evaluate(&e, s, &c, NULL, &v));
    CU_ASSERT_TRUE(v.failed);
    CU_ASSERT(isnan(v.value));
    CU_ASSERT_PTR_NOT_NULL(strstr(v.error, "accuracy"));
    evaluator_release(&e);
    o.value = "rare"; /* NaN in the only row */
    CU_ASSERT_EQUAL(evaluator_table(&e, s, &o), SIBYL_E_FORMAT);
    o.value = "speed";
    CU_ASSERT_NOT_EQUAL(evaluator_table(&e, s, &o), SIBYL_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "accuracy")); /* names what there is */
    o.file = "/nonexistent/table.sibyl";
    CU_ASSERT_NOT_EQUAL(evaluator_table(&e, s, &o), SIBYL_OK);
    space_free(s);
}

/* The label `rare` is 1 in the first half of the rows and unknown in the other: a network has it if
 * one of its rows does, and its value is the mean over those alone. */
static void test_holes(void)
{
    struct space *s = NULL;
    struct evaluator e = {0};
    struct evaluation v;
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    struct hash128 *hashes = calloc(POINTS, sizeof(*hashes));
    unsigned mixed = 0, missing = 0;
    CHECK_OK(space_new("digits201", &s));
    write_table(s, POINTS);
    struct evaluator_table_options o = {.file = file, .value = "rare"};
    CHECK_OK(evaluator_table(&e, s, &o));
    for (uint64_t i = 0; i < POINTS; i++) point(s, i, g, &hashes[i]);
    for (uint64_t i = 0; i < POINTS; i++) {
        unsigned known = 0, unknown = 0;
        for (uint64_t k = 0; k < POINTS; k++)
            if (!hash128_compare(hashes[k], hashes[i])) ++*(k < POINTS / 2 ? &known : &unknown);
        uint16_t genes[SPACE_GENES_BUILT_IN];
        struct candidate c = {.genes = genes, .hash = hashes[i]};
        s->at(s, i, genes);
        CHECK_OK(e.evaluate(&e, s, &c, NULL, &v));
        CU_ASSERT_EQUAL(v.failed, !known);
        CU_ASSERT(known ? v.value == 1 : isnan(v.value) && strstr(v.error, "no rare"));
        mixed += known && unknown;
        missing += !known;
    }
    CU_ASSERT(mixed > 0 && missing > 0);
    evaluator_release(&e);
    space_free(s);
    free(hashes);
}

static void test_other_vocabulary(void)
{
    struct space *s = NULL, *other = NULL;
    struct evaluator e = {0};
    CHECK_OK(space_new("digits201", &s));
    CHECK_OK(space_new("nasbench101", &other));
    write_table(s, 10);
    struct evaluator_table_options o = {.file = file, .value = "accuracy"};
    CU_ASSERT_EQUAL(evaluator_table(&e, other, &o), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "nasbench101"));
    space_free(s);
    space_free(other);
}

/* A second label is the mean over those isomorphic rows that have it; where none does, the network
 * has failed if it is searched for, and only then. The best is the best of those that meet limits.
 */
static void test_several_labels(void)
{
    struct space *s = NULL;
    struct evaluator e = {0}, shown = {0};
    struct hash128 *hashes = calloc(POINTS, sizeof(*hashes)), best;
    struct objectives o = {.count = 1}, reported = {.report_count = 1};
    uint32_t number;
    double value;
    CHECK_OK(objectives_name(&o, "accuracy", &number));
    CHECK_OK(objectives_name(&o, "rare", &number));
    o.limits[o.limit_count++] = (struct objective_limit){number, 1.0, INFINITY};
    snprintf(reported.reports[0], OBJECTIVE_NAME_BYTES, "rare");
    CHECK_OK(space_new("digits201", &s));
    write_table(s, POINTS);
    struct evaluator_table_options options = {.file = file, .value = "accuracy", .objectives = &o};
    CHECK_OK(evaluator_table(&e, s, &options));
    options.objectives = &reported;
    CHECK_OK(evaluator_table(&shown, s, &options));
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    for (uint64_t i = 0; i < POINTS; i++) point(s, i, g, &hashes[i]);
    double most = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        struct candidate c = {.genes = g, .hash = hashes[i]};
        struct evaluation v, w;
        bool has = false;
        unsigned rows;
        for (uint64_t k = 0; k < POINTS / 2; k++)
            has = has || hash128_compare(hashes[k], hashes[i]) == 0;
        CHECK_OK(e.evaluate(&e, s, &c, NULL, &v));
        CHECK_OK(shown.evaluate(&shown, s, &c, NULL, &w));
        double mean = slow_mean(hashes, POINTS, hashes[i], &rows);
        CU_ASSERT_EQUAL(v.failed, !has);
        CU_ASSERT(has || strstr(v.error, "the table has no rare of this network"));
        CU_ASSERT(!w.failed && fabs(w.value - mean) < 1e-12);
        CU_ASSERT_EQUAL(w.extras, has);
        if (has) {
            CU_ASSERT_DOUBLE_EQUAL(v.value, mean, 1e-12);
            CU_ASSERT_EQUAL_FATAL(v.extras, 1);
            CU_ASSERT_STRING_EQUAL(v.extra_names[0], "rare");
            CU_ASSERT_DOUBLE_EQUAL(v.extra_values[0], 1, 1e-12);
            most = fmax(most, mean);
        }
    }
    CU_ASSERT(e.best_known(&e, &value, &best));
    CU_ASSERT_DOUBLE_EQUAL(value, most, 1e-12);
    evaluator_release(&e);
    o.limits[0].at_least = 2;
    options.objectives = &o;
    CHECK_OK(evaluator_table(&e, s, &options));
    CU_ASSERT_FALSE(e.best_known(&e, &value, &best));
    evaluator_release(&e);
    evaluator_release(&shown);
    space_free(s);
    free(hashes);
}

int main(void)
{
    CU_TestInfo tests[] = {{"isomorphic rows are one network", test_means_and_best},
                           {"networks and labels that are not there", test_missing},
                           {"rows without the label", test_holes},
                           {"several labels", test_several_labels},
                           {"a table of another space", test_other_vocabulary},
                           CU_TEST_INFO_NULL};
    if (!mkdtemp(folder)) return 1;
    snprintf(file, sizeof(file), "%s/table.sibyl", folder);
    int failed = unit_run("evaluator_table", tests);
    (void)remove(file);
    (void)rmdir(folder);
    return failed;
}
