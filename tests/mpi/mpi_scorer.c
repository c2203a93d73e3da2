/* Scores do not depend on ranks or duplicates. */
#include "tests/mpi/mpi_data.h"

#include "predictor/scoring/scorer_team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct team *world, *self;

static void random_weights(struct predictor *p)
{
    struct rng r;
    rng_init(&r, 9, RNG_TEST, 0);
    for (size_t i = 0; i < p->parameters * p->options.members; i++)
        p->weights[i] = (float)(0.2 * rng_normal(&r));
}

static struct scorer *scorer_of(const struct predictor *p, int threads)
{
    struct scorer *s = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    CHECK_OK(scorer_new(&s, p, &options));
    return s;
}

static void test_ranks_and_duplicates(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p;
    struct graph twice[2 * DATA_COUNT];
    struct hash128 keys[2 * DATA_COUNT];
    double one[2 * DATA_COUNT], all[2 * DATA_COUNT], deviation[2 * DATA_COUNT], plain[DATA_COUNT];
    size_t distinct;
    data_make(d);
    data_predictor(d, &p, 3);
    random_weights(&p);
    struct scorer *scorer = scorer_of(&p, 1), *threaded = scorer_of(&p, 3);
    for (uint64_t i = 0; i < 2 * DATA_COUNT; i++) {
        twice[i] = d->graphs[(i * 7) % DATA_COUNT];
        keys[i] = (struct hash128){1, (i * 7) % DATA_COUNT};
    }
    CHECK_OK(scorer_score_all(self, scorer, twice, keys, 2 * DATA_COUNT, one, NULL, &distinct));
    CU_ASSERT_EQUAL(distinct, DATA_COUNT);
    CHECK_OK(
        scorer_score_all(world, threaded, twice, keys, 2 * DATA_COUNT, all, deviation, &distinct));
    CU_ASSERT_EQUAL(distinct, DATA_COUNT);
    CU_ASSERT_EQUAL(memcmp(one, all, sizeof(one)), 0);
    CHECK_OK(scorer_score_all(world, scorer, d->graphs, NULL, DATA_COUNT, plain, NULL, &distinct));
    for (int i = 0; i < 2 * DATA_COUNT; i++) {
        CU_ASSERT_DOUBLE_EQUAL(all[i], plain[(i * 7) % DATA_COUNT], 1e-5);
        CU_ASSERT(deviation[i] > 0 && isfinite(deviation[i]));
    }
    scorer_free(scorer);
    scorer_free(threaded);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
}

static void test_fewer_than_ranks(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p;
    double one, none = 7;
    data_make(d);
    data_predictor(d, &p, 1);
    random_weights(&p);
    struct scorer *scorer = scorer_of(&p, 2);
    CHECK_OK(scorer_score_all(world, scorer, d->graphs, NULL, 1, &one, NULL, NULL));
    CU_ASSERT(isfinite(one));
    CHECK_OK(scorer_score_all(world, scorer, d->graphs, NULL, 0, &none, NULL, NULL));
    CU_ASSERT_EQUAL(none, 7);
    scorer_free(scorer);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"ranks and duplicates", test_ranks_and_duplicates},
                           {"fewer graphs than ranks", test_fewer_than_ranks},
                           CU_TEST_INFO_NULL};
    if (comm_start(&argc, &argv) || team_world(&world) || team_self(&self)) return 1;
    int failed = unit_run("scorer", tests);
    failed = team_max(world, failed) > 0;
    team_release(self);
    team_release(world);
    comm_stop();
    return failed;
}
