/* The Gaussian process over the structure of networks: against dense elimination, patterns that
 * were counted by hand, and a search through all candidates for the one of the largest expected
 * improvement by numerical integration. */
#include "predictor/gp/covariance_process.h"
#include "search/algorithms/structure_model.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 12
#define COLUMNS 5
#define ALL (ROWS + COLUMNS)

/* ---- the process ---- */

struct points {
    double at[ALL];
};

static double near(const struct points *p, size_t i, size_t k)
{
    return exp(-0.5 * (p->at[i] - p->at[k]) * (p->at[i] - p->at[k]));
}

static double near_rows(const void *context, size_t i, size_t k)
{
    return near(context, i, k);
}

/* Solves A x = b by Gaussian elimination with pivots; returns log |A|. */
static double eliminate(double a[ALL][ALL + 1], size_t n, double *x)
{
    double logs = 0;
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t r = c + 1; r < n; r++)
            if (fabs(a[r][c]) > fabs(a[pivot][c])) pivot = r;
        for (size_t k = 0; k <= n; k++) {
            double swap = a[c][k];
            a[c][k] = a[pivot][k];
            a[pivot][k] = swap;
        }
        logs += log(fabs(a[c][c]));
        for (size_t r = 0; r < n; r++) {
            double times = a[r][c] / a[c][c];
            for (size_t k = c; k <= n && r != c; k++) a[r][k] -= times * a[c][k];
        }
    }
    for (size_t c = 0; c < n; c++) x[c] = a[c][n] / a[c][c];
    return logs;
}

/* Mean and variance at point `at`, of the rows and of `more` points behind them that count as
 * measured at `labels`; returns log |K|. */
static double dense(const struct points *p, const double *labels, const size_t *rows, size_t n,
                    size_t at, double noise, double *out_mean, double *out_variance)
{
    double a[ALL][ALL + 1], x[ALL];
    *out_mean = 0;
    *out_variance = 1;
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < n; k++)
                a[i][k] = near(p, rows[i], rows[k]) + (i == k ? noise : 0);
            a[i][n] = turn ? near(p, rows[i], at) : labels[i];
        }
        double logs = eliminate(a, n, x);
        for (size_t i = 0; i < n; i++) {
            if (turn)
                *out_variance -= x[i] * near(p, rows[i], at);
            else
                *out_mean += x[i] * near(p, rows[i], at);
        }
        if (turn) return logs;
    }
    return 0;
}

static void test_process(void)
{
    const double noise = 0.05;
    struct points p;
    double labels[ALL], mean, variance;
    size_t rows[ALL];
    for (size_t i = 0; i < ALL; i++) {
        p.at[i] = 5 * sin(12.9898 * (double)(i + 1));
        labels[i] = cos(p.at[i]) + 0.1 * sin(78.233 * (double)i);
        rows[i] = i;
    }
    const struct covariance_rows r = {near_rows, &p, labels, ROWS, noise};
    struct covariance_process process;
    CHECK_OK(covariance_process_init(&process, &r, COLUMNS, 2));
    for (size_t i = 0; i < ROWS; i++) {
        double *row = covariance_process_row(&process, i);
        for (size_t c = 0; c < COLUMNS; c++) row[c] = near(&p, i, ROWS + c);
    }
    covariance_process_solve(&process);
    double logs = 0;
    for (size_t c = 0; c < COLUMNS; c++) {
        logs = dense(&p, labels, rows, ROWS, ROWS + c, noise, &mean, &variance);
        CU_ASSERT_DOUBLE_EQUAL(process.mean[c], mean, 1e-10);
        CU_ASSERT_DOUBLE_EQUAL(process.variance[c], variance, 1e-10);
    }
    /* log N(y; 0, s (K + noise I)) is largest at the s that is given, and as large as is said. */
    double likelihood, signal, a[ALL][ALL + 1], x[ALL], square = 0;
    CHECK_OK(covariance_likelihood(&r, &likelihood, &signal));
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t k = 0; k < ROWS; k++) a[i][k] = near(&p, i, k) + (i == k ? noise : 0);
        a[i][ROWS] = labels[i];
    }
    (void)eliminate(a, ROWS, x);
    for (size_t i = 0; i < ROWS; i++) square += x[i] * labels[i];
    CU_ASSERT_DOUBLE_EQUAL(signal, square / ROWS, 1e-10);
    CU_ASSERT_DOUBLE_EQUAL(likelihood, -0.5 * ROWS * log(signal) - 0.5 * logs, 1e-9);
    /* Believed columns are rows at their means. */
    for (size_t b = 0; b < 2; b++) {
        double *prior = covariance_process_prior(&process);
        for (size_t c = 0; c < COLUMNS; c++) prior[c] = near(&p, ROWS + c, ROWS + b);
        labels[ROWS + b] = process.mean[b];
        covariance_process_believe(&process, b, prior);
        for (size_t c = 0; c < COLUMNS; c++) {
            (void)dense(&p, labels, rows, ROWS + b + 1, ROWS + c, noise, &mean, &variance);
            CU_ASSERT_DOUBLE_EQUAL(process.mean[c], mean, 1e-9);
            CU_ASSERT_DOUBLE_EQUAL(process.variance[c], variance, 1e-9);
        }
    }
    covariance_process_release(&process);
}

/* ---- patterns ---- */

static void graph_of(struct graph *g, struct arena *arena, const uint16_t *ops, uint32_t nodes,
                     const struct graph_edge *edges, uint32_t count)
{
    CHECK_OK(graph_make(g, arena, ops, nodes, edges, count, 8));
}

/* in -> a -> out and in -> b -> out, the second way doubled at its end. */
static void test_patterns(void)
{
    const uint16_t ops[] = {0, 2, 3, 1}, swapped_ops[] = {0, 3, 2, 1}, other_ops[] = {0, 2, 2, 1};
    const struct graph_edge edges[] = {{0, 1, 1}, {0, 2, 1}, {1, 3, 1}, {2, 3, 2}};
    const struct graph_edge swapped[] = {{0, 2, 1}, {0, 1, 1}, {2, 3, 1}, {1, 3, 2}};
    struct arena arena;
    struct graph g, same, other;
    struct graph_patterns a, b, c;
    const double two = log2(3); /* what two parallel walks count as */
    arena_init(&arena);
    graph_of(&g, &arena, ops, 4, edges, 4);
    graph_of(&same, &arena, swapped_ops, 4, swapped, 4);
    graph_of(&other, &arena, other_ops, 4, edges, 4);
    CHECK_OK(graph_patterns_of(&a, &arena, &g));
    CHECK_OK(graph_patterns_of(&b, &arena, &same));
    CHECK_OK(graph_patterns_of(&c, &arena, &other));
    CU_ASSERT_EQUAL(a.square[PATTERN_OPERATIONS], 4 + 1); /* a doubled edge is one skip */
    CU_ASSERT_EQUAL(c.square[PATTERN_OPERATIONS], 1 + 1 + 4 + 1);
    CU_ASSERT_DOUBLE_EQUAL(a.square[PATTERN_WALKS], 1 + two * two, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.square[PATTERN_WALKS], (1 + two) * (1 + two), 1e-12);
    CU_ASSERT_EQUAL(a.square[PATTERN_NEIGHBOURHOODS], 8); /* before and behind each node */
    CU_ASSERT_EQUAL(a.square[PATTERN_SHORTCUTS], 0);
    CU_ASSERT_EQUAL(a.square[PATTERN_NUMBERS], 0);
    for (int v = 0; v < PATTERN_VIEWS; v++)
        CU_ASSERT_EQUAL(graph_patterns_distance(&a, &b, (enum pattern_view)v), 0);
    /* One of operation 2 more, one of 3 less; both ways are 0-2-1, and none is 0-3-1. */
    CU_ASSERT_EQUAL(graph_patterns_distance(&a, &c, PATTERN_OPERATIONS), 1 + 1);
    CU_ASSERT_DOUBLE_EQUAL(graph_patterns_distance(&a, &c, PATTERN_WALKS), 2 * two * two, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(graph_patterns_distance(&c, &a, PATTERN_WALKS), 2 * two * two, 1e-12);
    arena_release(&arena);
}

/* in -> a -> b -> out; beside it a -> out, and in -> out three times. */
static void test_shortcuts(void)
{
    const uint16_t ops[] = {0, 2, 3, 1};
    const struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {1, 3, 1}, {0, 3, 3}};
    const struct graph_edge less[] = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {0, 3, 1}};
    const double skips = 2 + log2(3), fewer = 1;
    struct arena arena;
    struct graph g, other;
    struct graph_patterns a, b;
    arena_init(&arena);
    graph_of(&g, &arena, ops, 4, edges, 5);
    graph_of(&other, &arena, ops, 4, less, 4);
    CHECK_OK(graph_patterns_of(&a, &arena, &g));
    CHECK_OK(graph_patterns_of(&b, &arena, &other));
    CU_ASSERT_DOUBLE_EQUAL(a.square[PATTERN_SHORTCUTS], 1 + 4, 1e-12); /* log2(2), log2(4) */
    CU_ASSERT_DOUBLE_EQUAL(b.square[PATTERN_SHORTCUTS], 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(graph_patterns_distance(&a, &b, PATTERN_SHORTCUTS), 1 + 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(a.square[PATTERN_OPERATIONS], 4 + skips * skips, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(graph_patterns_distance(&a, &b, PATTERN_OPERATIONS),
                           (skips - fewer) * (skips - fewer), 1e-12);
    arena_release(&arena);
}

/* A ladder of 130 rungs, which takes more than two words of bits: whether a shortcut is found
 * does not depend on the numbers of its ends, and each one is. */
static void test_long_shortcuts(void)
{
    enum { NODES = 130 };
    uint16_t ops[NODES] = {0};
    struct graph_edge edges[2 * NODES];
    uint32_t count = 0;
    struct arena arena;
    struct graph g;
    struct graph_patterns a;
    arena_init(&arena);
    for (uint32_t i = 0; i + 1 < NODES; i++) { /* numbered from the end */
        edges[count++] = (struct graph_edge){NODES - 1 - i, NODES - 2 - i, 1};
        if (i + 100 < NODES)
            edges[count++] = (struct graph_edge){NODES - 1 - i, NODES - 101 - i, 1};
    }
    graph_of(&g, &arena, ops, NODES, edges, count);
    CHECK_OK(graph_patterns_of(&a, &arena, &g));
    CU_ASSERT_DOUBLE_EQUAL(a.square[PATTERN_SHORTCUTS], (NODES - 100) * (NODES - 100), 1e-9);
    arena_release(&arena);
}

/* ---- the model ---- */

#define CHAINS 60

/* Chains of three operations of four kinds, by number. */
static void chain(struct graph_patterns *out, struct arena *arena, size_t number)
{
    struct graph g;
    uint16_t ops[5] = {0, (uint16_t)(2 + number % 4), (uint16_t)(2 + number / 4 % 4),
                       (uint16_t)(2 + number / 16 % 4), 1};
    const struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 4, 1}};
    graph_of(&g, arena, ops, 5, edges, 4);
    CHECK_OK(graph_patterns_of(out, arena, &g));
}

/* E max(X - best, 0) for a normal X, by Simpson's rule. */
static double improvement(double mean, double variance, double best)
{
    const double deviation = sqrt(variance), high = mean + 12 * deviation;
    const int steps = 4000;
    if (high <= best) return 0;
    double sum = 0, h = (high - best) / steps;
    for (int i = 0; i <= steps; i++) {
        double x = best + i * h, z = (x - mean) / deviation;
        sum += (i == 0 || i == steps ? 1 : i % 2 ? 4 : 2) * (x - best) * exp(-0.5 * z * z);
    }
    return sum * h / 3 / (deviation * sqrt(2 * acos(-1.0)));
}

static void test_takes_the_best(void)
{
    struct arena arena;
    struct graph_patterns all[CHAINS];
    struct hash128 hashes[CHAINS];
    double labels[CHAINS];
    const size_t known = 12, pending = 2, first = known + pending;
    arena_init(&arena);
    for (size_t i = 0; i < CHAINS; i++) {
        chain(&all[i], &arena, i);
        hashes[i] = (struct hash128){i, 0};
        labels[i] = (double)(i % 4) + 0.5 * (double)(i / 4 % 4) + 0.1 * sin(9 * (double)i);
    }
    const struct structure_task task = {.known = all,
                                        .labels = labels,
                                        .known_count = known,
                                        .candidates = all + first,
                                        .hashes = hashes + first,
                                        .candidate_count = CHAINS - first,
                                        .pending = all + known,
                                        .pending_count = pending,
                                        .wanted = 4};
    struct structure_model *m;
    bool taken[CHAINS] = {false};
    CHECK_OK(structure_model_new(&m, &task));
    double best = -1e9, value;
    for (size_t turn = 0; turn < 4; turn++) {
        double most = -1, mean, variance, gains[CHAINS];
        size_t at;
        for (size_t i = 0; i < CHAINS - first; i++) {
            structure_model_predict(m, i, &mean, &variance);
            /* The best that is known has the normal score 0.5 - 0.5 / 12 of 12. */
            if (turn == 0) best = 1.7316643961222455;
            gains[i] = taken[i] ? -1 : improvement(mean, variance, best);
            most = fmax(most, gains[i]);
        }
        CHECK_OK(structure_model_take(m, &at, &value));
        CU_ASSERT_FATAL(at < CHAINS - first);
        CU_ASSERT_FALSE(taken[at]);
        CU_ASSERT(gains[at] >= most * (1 - 1e-6));
        structure_model_predict(m, at, &mean, &variance);
        best = fmax(best, mean);
        taken[at] = true;
    }
    structure_model_free(m);
    arena_release(&arena);
}

/* With more known networks than it looks at, it still tells good ones from bad ones; all of the
 * candidates are taken, each once; and the same task gives the same order. */
static void test_many(void)
{
    enum { KNOWN = 1000, CANDIDATES = 16 };
    struct arena arena;
    struct graph_patterns *known = calloc(KNOWN, sizeof(*known)), candidates[CANDIDATES];
    struct hash128 hashes[CANDIDATES];
    double *labels = calloc(KNOWN, sizeof(*labels));
    size_t order[2][CANDIDATES];
    CU_ASSERT_PTR_NOT_NULL_FATAL(known);
    CU_ASSERT_PTR_NOT_NULL_FATAL(labels);
    arena_init(&arena);
    for (size_t i = 0; i < KNOWN; i++) {
        chain(&known[i], &arena, i % 48);
        labels[i] = (double)(i % 48 % 4) + 0.01 * sin((double)i);
    }
    for (size_t i = 0; i < CANDIDATES; i++) {
        chain(&candidates[i], &arena, 48 + i);
        hashes[i] = (struct hash128){i, 0};
    }
    const struct structure_task task = {.known = known,
                                        .labels = labels,
                                        .known_count = KNOWN,
                                        .candidates = candidates,
                                        .hashes = hashes,
                                        .candidate_count = CANDIDATES,
                                        .wanted = CANDIDATES};
    for (int turn = 0; turn < 2; turn++) {
        struct structure_model *m;
        bool taken[CANDIDATES] = {false};
        double value;
        CHECK_OK(structure_model_new(&m, &task));
        double good, bad, unused;
        structure_model_predict(m, 3, &good, &unused); /* of the kind 3, and of the kind 0 */
        structure_model_predict(m, 0, &bad, &unused);
        CU_ASSERT(good > bad + 1);
        for (size_t i = 0; i < CANDIDATES; i++) {
            CHECK_OK(structure_model_take(m, &order[turn][i], &value));
            CU_ASSERT_FATAL(order[turn][i] < CANDIDATES);
            CU_ASSERT_FALSE(taken[order[turn][i]]);
            taken[order[turn][i]] = true;
        }
        size_t none;
        CHECK_OK(structure_model_take(m, &none, &value));
        CU_ASSERT_EQUAL(none, CANDIDATES);
        structure_model_free(m);
    }
    CU_ASSERT_EQUAL(memcmp(order[0], order[1], sizeof(order[0])), 0);
    free(known);
    free(labels);
    arena_release(&arena);
}

int main(void)
{
    CU_TestInfo tests[] = {{"a process against elimination", test_process},
                           {"patterns", test_patterns},
                           {"shortcuts", test_shortcuts},
                           {"shortcuts of a long graph", test_long_shortcuts},
                           {"the largest expected improvement", test_takes_the_best},
                           {"many known networks", test_many},
                           CU_TEST_INFO_NULL};
    return unit_run("structure_model", tests);
}
