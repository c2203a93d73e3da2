/* Fidelities: the ladder of budgets, who goes on, the line between two budgets, what an algorithm
 * sees, and the rules that end an evaluation early; by hand, and by brute force on random numbers.
 */
#include "search/algorithms/fidelity_view.h"
#include "search/algorithms/halving.h"
#include "search/algorithms/stopping.h"
#include "tests/unit/unit.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

static void test_ladder(void)
{
    double b[FIDELITY_LEVELS_MAX];
    uint32_t count;
    CHECK_OK(fidelity_ladder(3, 200, 3, b, &count));
    const double want[] = {3, 9, 27, 81, 200};
    CU_ASSERT_EQUAL_FATAL(count, 5);
    for (int i = 0; i < 5; i++) CU_ASSERT_DOUBLE_EQUAL(b[i], want[i], 1e-12);
    CHECK_OK(fidelity_ladder(1, 27, 3, b, &count)); /* the last power is the whole */
    CU_ASSERT_EQUAL(count, 4);
    CHECK_OK(fidelity_ladder(200, 200, 3, b, &count));
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_EQUAL(fidelity_ladder(1, 1000, 1.1, b, &count), SIBYL_E_RANGE);
    struct fidelity f = {.levels = 3, .budgets = {3, 9, 20}, .continues = true};
    CU_ASSERT_DOUBLE_EQUAL(fidelity_cost(&f, 0, false), 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(fidelity_cost(&f, 2, true), 11, 0);
    CU_ASSERT_DOUBLE_EQUAL(fidelity_cost(&f, 2, false), 20, 0);
    f.continues = false;
    CU_ASSERT_DOUBLE_EQUAL(fidelity_cost(&f, 2, true), 20, 0);
}

static void test_share(void)
{
    CU_ASSERT_EQUAL(halving_share(2, 3), 0);
    CU_ASSERT_EQUAL(halving_share(3, 3), 1);
    CU_ASSERT_EQUAL(halving_share(8, 3), 2);
    CU_ASSERT_EQUAL(halving_share(50, 200.0 / 12), 3); /* 49.99999 of a share are all of it */
    CU_ASSERT_EQUAL(halving_share(0, 3), 0);
}

/* A history of made-up networks: entry i has the hash i + 1, or that of the entry it comes after.
 */
struct made {
    struct history h;
    struct objectives objectives;
};

static void add(struct made *m, uint32_t level, size_t after)
{
    static uint16_t genes[1];
    struct history_entry e = {.level = level, .after = after, .value = NAN};
    e.candidate.genes = genes;
    e.candidate.hash.low = level ? m->h.entries[after].candidate.hash.low : m->h.count + 1;
    CHECK_OK(history_add(&m->h, &e));
    if (level) m->h.entries[after].promoted = true;
}

static void open(struct made *m)
{
    memset(m, 0, sizeof(*m));
    m->h.genes = 1;
    m->h.objectives = &m->objectives;
}

static size_t promote(const struct made *m, const struct fidelity *f, bool rest, size_t *out)
{
    const struct halving_wish wish = {100, rest};
    size_t count = 0;
    CHECK_OK(halving_promote(&m->h, f, &wish, out, &count));
    return count;
}

static void test_by_hand(void)
{
    const struct fidelity f = {.levels = 3, .budgets = {1, 2, 4}, .eta = {2, 2}};
    struct made m;
    size_t out[100];
    open(&m);
    for (int i = 0; i < 6; i++) add(&m, 0, 0);
    history_measure(&m.h, 2, false, 5);
    CU_ASSERT_EQUAL(promote(&m, &f, false, out), 0); /* one of one is none of two */
    CU_ASSERT_EQUAL(promote(&m, &f, true, out), 1);
    history_measure(&m.h, 0, true, NAN); /* a failure makes two */
    CU_ASSERT_EQUAL_FATAL(promote(&m, &f, false, out), 1);
    CU_ASSERT_EQUAL(out[0], 2);
    history_measure(&m.h, 1, false, 7);
    history_measure(&m.h, 3, false, 7);
    CU_ASSERT_EQUAL_FATAL(promote(&m, &f, false, out), 2);
    CU_ASSERT_EQUAL(out[0], 1); /* of equal ones the earlier first */
    CU_ASSERT_EQUAL(out[1], 3);
    add(&m, 1, 1);
    add(&m, 1, 3);
    CU_ASSERT_EQUAL(promote(&m, &f, false, out), 0);
    history_measure(&m.h, 6, false, 1);
    history_measure(&m.h, 7, false, 2);
    history_measure(&m.h, 4, false, 9);
    history_measure(&m.h, 5, false, 6);
    /* Level 1 first; of level 0 three of six may go on, two of which have. */
    CU_ASSERT_EQUAL_FATAL(promote(&m, &f, false, out), 2);
    CU_ASSERT_EQUAL(out[0], 7);
    CU_ASSERT_EQUAL(out[1], 4);
    m.h.entries[4].temporary = true; /* it is to be done again */
    CU_ASSERT_EQUAL(promote(&m, &f, false, out), 1);
    history_release(&m.h);
}

static bool dominates(const double *a, const double *b)
{
    return a[0] >= b[0] && a[1] >= b[1] && (a[0] > b[0] || a[1] > b[1]);
}

/* Of several objectives: nobody who stays behind dominates one that goes on. */
static void test_many(void)
{
    struct rng rng;
    rng_init(&rng, 7, RNG_SEARCH, 1);
    for (int turn = 0; turn < 50; turn++) {
        double points[40 * 2];
        size_t order[40], count = 2 + rng_below(&rng, 38);
        for (size_t i = 0; i < 2 * count; i++) points[i] = (double)rng_below(&rng, 12);
        const struct pareto_points p = {points, NULL, count, 2};
        CHECK_OK(halving_order(&p, order));
        for (size_t i = 0; i < count; i++)
            for (size_t k = i + 1; k < count; k++)
                CU_ASSERT_FALSE(dominates(points + 2 * order[k], points + 2 * order[i]));
    }
}

/* A single point goes on where its place among all is within the share. */
static void test_keeps(void)
{
    struct rng rng;
    rng_init(&rng, 8, RNG_SEARCH, 1);
    for (int turn = 0; turn < 500; turn++) {
        double earlier[30], own = (double)rng_below(&rng, 20), eta = 2 + (double)rng_below(&rng, 3);
        size_t count = rng_below(&rng, 30), ahead = 0;
        for (size_t i = 0; i < count; i++) {
            earlier[i] = (double)rng_below(&rng, 20);
            ahead += earlier[i] >= own;
        }
        bool keeps;
        const struct pareto_points p = {earlier, NULL, count, 1};
        CHECK_OK(halving_keeps(&p, &own, eta, &keeps));
        size_t share = (size_t)((double)(count + 1) / eta);
        CU_ASSERT_EQUAL(keeps, share == 0 || ahead < share);
    }
}

static void test_line(void)
{
    const double x[] = {1, 2, 3}, y[] = {10, 11, 12}, flat[] = {5, 5, 5}, down[] = {3, 2, 1};
    struct fidelity_line line = fidelity_line_fit(NULL, NULL, 0, 4);
    CU_ASSERT_DOUBLE_EQUAL(line.y + line.slope * (7 - line.x), 7, 0);
    line = fidelity_line_fit(x, y, 3, 4);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(line.y + line.slope * (7 - line.x), 16, 1e-12);
    line = fidelity_line_fit(x, flat, 3, 1); /* (0 + 0.3) / (2 + 0.3) */
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 0.3 / 2.3, 1e-12);
    line = fidelity_line_fit(x, down, 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 0.05, 0); /* it always rises */
    line = fidelity_line_fit(flat, x, 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 1, 0);
}

static void seen(struct fidelity_view *v, struct made *m, size_t task, double value)
{
    history_measure(&m->h, task, isnan(value), value);
    CHECK_OK(fidelity_view_measure(v, &m->h, task, false));
}

static void test_view(void)
{
    const struct fidelity f = {.levels = 2, .budgets = {1, 10}, .eta = {3}};
    struct fidelity_view v = {.seen.genes = 1};
    struct made m;
    open(&m);
    for (int i = 0; i < 4; i++) {
        add(&m, 0, 0);
        CHECK_OK(fidelity_view_add(&v, &m.h, &m.h.entries[i].candidate));
    }
    for (size_t i = 0; i < 4; i++) seen(&v, &m, i, 1.0 + (double)i);
    CHECK_OK(fidelity_view_refresh(&v, &m.h, &f));
    CU_ASSERT_EQUAL(v.seen.best, 3);
    for (size_t i = 0; i < 3; i++) { /* networks 3, 2 and 1 go on */
        add(&m, 1, 3 - i);
        CHECK_OK(fidelity_view_add(&v, &m.h, &m.h.entries[4 + i].candidate));
    }
    CU_ASSERT_EQUAL(v.seen.count, 4);
    seen(&v, &m, 4, 10);
    seen(&v, &m, 5, 20);
    seen(&v, &m, 6, NAN);
    CHECK_OK(fidelity_view_refresh(&v, &m.h, &f));
    CU_ASSERT_DOUBLE_EQUAL(v.seen.entries[3].value, 10, 0);
    CU_ASSERT_DOUBLE_EQUAL(v.seen.entries[2].value, 20, 0);
    CU_ASSERT_TRUE(v.seen.entries[1].failed);
    CU_ASSERT_EQUAL(v.seen.failed, 1);
    CU_ASSERT_EQUAL(v.seen.best, 2);
    /* Pairs (4, 10) and (3, 20): they fall, so the slope is the least, through (3.5, 15). */
    CU_ASSERT_DOUBLE_EQUAL(v.seen.entries[0].value, 15 + 0.05 * (1 - 3.5), 1e-12);
    fidelity_view_release(&v);
    history_release(&m.h);
}

/* What ends at which step, of an evaluation with these results at steps 1, 2, ... */
static int ends_at(const struct fidelity *f, const struct stopping_rule *rule, const double *values,
                   int count)
{
    struct stopping s;
    stopping_begin(&s, f, rule, 1);
    for (int i = 0; i < count; i++) {
        bool end = false;
        CHECK_OK(stopping_hears(&s, i + 1, &values[i], &end));
        if (end) return i + 1;
    }
    return 0;
}

static void test_stopping(void)
{
    const struct fidelity median = {
        .levels = 1, .budgets = {5}, .stop = FIDELITY_STOP_MEDIAN, .rungs = {2}};
    const struct fidelity halving = {.levels = 1,
                                     .budgets = {5},
                                     .stop = FIDELITY_STOP_HALVING,
                                     .rungs = {2, 4},
                                     .rung_count = 2,
                                     .rung_eta = 2};
    struct history_curve curves[4];
    double steps[] = {1, 2, 3, 4, 5}, values[4][5];
    struct made m;
    struct arena arena;
    struct stopping_rule rule;
    open(&m);
    arena_init(&arena);
    for (size_t i = 0; i < 4; i++) { /* 0 1 2 3 4; 1 2 3 4 5; ... */
        for (size_t s = 0; s < 5; s++) values[i][s] = (double)(i + s);
        curves[i] = (struct history_curve){5, steps, values[i]};
        add(&m, 0, 0);
        history_measure(&m.h, i, false, values[i][4]);
        m.h.entries[i].curve = &curves[i];
    }
    /* Means until step 2: 0.5 1.5 2.5 3.5, their median 2; until step 3: 1 2 3 4, so 2.5. */
    CHECK_OK(stopping_rule_make(&rule, &arena, &m.h, &median));
    CU_ASSERT_EQUAL(ends_at(&median, &rule, (const double[]){0, 1.9, 9}, 3), 2);
    CU_ASSERT_EQUAL(ends_at(&median, &rule, (const double[]){0, 2, 2.4}, 3), 3);
    CU_ASSERT_EQUAL(ends_at(&median, &rule, (const double[]){3.1, 0, 0, 0, 0}, 5), 0);
    m.h.entries[0].curve = NULL; /* three are too few */
    CHECK_OK(stopping_rule_make(&rule, &arena, &m.h, &median));
    CU_ASSERT_EQUAL(ends_at(&median, &rule, (const double[]){0, 0, 0}, 3), 0);
    /* At step 2 the others have 2 3 4: the best two of four go on. */
    CHECK_OK(stopping_rule_make(&rule, &arena, &m.h, &halving));
    CU_ASSERT_EQUAL(ends_at(&halving, &rule, (const double[]){9, 2.9}, 2), 2);
    CU_ASSERT_EQUAL(ends_at(&halving, &rule, (const double[]){0, 3.1, 0, 4.9}, 4), 4);
    CU_ASSERT_EQUAL(ends_at(&halving, &rule, (const double[]){0, 3.1, 0, 5.1, 0}, 5), 0);
    arena_release(&arena);
    history_release(&m.h);
}

/* Of a long evaluation no more results are kept than there is room for, over all of its steps. */
static void test_long(void)
{
    const struct fidelity f = {
        .levels = 1, .budgets = {1e6}, .stop = FIDELITY_STOP_MEDIAN, .rungs = {0}};
    const struct stopping_rule none = {.k = 1};
    struct stopping s;
    stopping_begin(&s, &f, &none, 1);
    for (int i = 1; i <= 5000; i++) {
        bool end = false;
        double value = i;
        CHECK_OK(stopping_hears(&s, i, &value, &end));
        CU_ASSERT_FALSE(end);
    }
    CU_ASSERT_TRUE(s.count > STOPPING_POINTS_MAX / 3 && s.count <= STOPPING_POINTS_MAX);
    CU_ASSERT_TRUE(s.steps[s.count - 1] > 4800);
    for (size_t i = 1; i < s.count; i++) {
        CU_ASSERT_DOUBLE_EQUAL(s.values[i], s.steps[i], 0);
        CU_ASSERT_DOUBLE_EQUAL(s.steps[i] - s.steps[i - 1], (double)s.stride, 0);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"ladder of budgets", test_ladder},     {"share", test_share},
        {"who goes on, by hand", test_by_hand}, {"several objectives", test_many},
        {"one point among others", test_keeps}, {"line between budgets", test_line},
        {"what an algorithm sees", test_view},  {"rules that end early", test_stopping},
        {"long evaluations", test_long},        CU_TEST_INFO_NULL};
    return unit_run("halving", tests);
}
