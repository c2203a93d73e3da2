/* Scoring in one process, linked without MPI: what is asked for in one call is what separate calls
 * give. */
#include "tests/mpi/mpi_data.h"

#include "predictor/scoring/scorer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS 3
#define WIDTH 16

static struct scorer *make(struct data *d, struct predictor *p, int threads)
{
    struct rng r;
    struct scorer *s = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    data_make(d);
    data_predictor(d, p, MEMBERS);
    rng_init(&r, 9, RNG_TEST, 0);
    for (size_t i = 0; i < p->parameters * p->options.members; i++)
        p->weights[i] = (float)(0.2 * rng_normal(&r));
    CHECK_OK(scorer_new(&s, p, &options));
    CU_ASSERT_PTR_EQUAL(scorer_predictor(s), p);
    return s;
}

static void release(struct data *d, struct predictor *p, struct scorer *s)
{
    scorer_free(s);
    predictor_release(p);
    arena_release(&d->arena);
    free(d);
}

/* Values and deviations are the mean and deviation of the members' outputs, in label units. */
static void test_all_results_in_one_call(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p;
    struct scorer *s = make(d, &p, 2);
    double values[DATA_COUNT], deviations[DATA_COUNT], outputs[DATA_COUNT * MEMBERS];
    double *pooled = calloc(DATA_COUNT * MEMBERS * WIDTH, sizeof(*pooled)), norm = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(pooled);
    struct scorer_work w = {d->graphs, NULL, DATA_COUNT, values, deviations, outputs, pooled};
    CHECK_OK(scorer_run(s, &w));
    for (size_t i = 0; i < DATA_COUNT; i++) {
        double mean = 0, squares = 0;
        for (size_t m = 0; m < MEMBERS; m++)
            mean += predictor_label_of_output(&p, outputs[i * MEMBERS + m]) / MEMBERS;
        for (size_t m = 0; m < MEMBERS; m++)
            squares += pow(predictor_label_of_output(&p, outputs[i * MEMBERS + m]) - mean, 2);
        CU_ASSERT_DOUBLE_EQUAL(values[i], mean, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(deviations[i], sqrt(squares / MEMBERS), 1e-12);
    }
    for (size_t k = 0; k < (size_t)DATA_COUNT * MEMBERS * WIDTH; k++) norm += pooled[k] * pooled[k];
    CU_ASSERT(isfinite(norm) && norm > 0);
    free(pooled);
    release(d, &p, s);
}

/* A graph's bits are the same by an index, alone, and among others. */
static void test_index(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p;
    struct scorer *s = make(d, &p, 1);
    double all[DATA_COUNT], some[4], one;
    const uint32_t index[] = {149, 0, 7, 7};
    struct scorer_work w = {.graphs = d->graphs, .index = index, .count = 4, .values = some};
    CHECK_OK(scorer_score(s, d->graphs, DATA_COUNT, all, NULL));
    CHECK_OK(scorer_run(s, &w));
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(memcmp(&some[i], &all[index[i]], sizeof(one)), 0);
        CHECK_OK(scorer_score(s, &d->graphs[index[i]], 1, &one, NULL));
        CU_ASSERT_EQUAL(memcmp(&one, &all[index[i]], sizeof(one)), 0);
    }
    CHECK_OK(scorer_score(s, d->graphs, 0, all, NULL));
    release(d, &p, s);
}

int main(void)
{
    CU_TestInfo tests[] = {{"all results in one call", test_all_results_in_one_call},
                           {"a graph by its index", test_index},
                           CU_TEST_INFO_NULL};
    return unit_run("scorer", tests);
}
