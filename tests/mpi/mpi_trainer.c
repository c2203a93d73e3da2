/* Training gives the same bits on any number of ranks, and across a stop and a resume; and it
 * learns. */
#include "tests/mpi/mpi_data.h"

#include "predictor/metrics.h"
#include "predictor/scorer.h"
#include "predictor/trainer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct team *world, *self; /* CUnit passes nothing to a test */

struct stop_after {
    uint32_t epochs, seen;
};

static bool stop_asked(void *context)
{
    struct stop_after *s = context;
    return ++s->seen == s->epochs;
}

static enum status train(struct team *t, struct data *d, struct predictor *p,
                         const char *checkpoint, uint32_t stop)
{
    struct training_options o;
    struct log log = {LOG_QUIET, 0};
    struct stop_after s = {stop, 0};
    struct trainer_result result;
    training_options_default(&o);
    o.epochs = 12;
    o.batch = 50;
    o.loss.rank_random = 0.1;
    o.dropout = 0.1;
    struct trainer_run run = {.options = &o,
                              .seed = 5,
                              .checkpoint_path = checkpoint,
                              .checkpoint_s = 1e9,
                              .job_digest = "job",
                              .log = &log,
                              .stop_asked = stop_asked,
                              .context = &s};
    struct training_set set = {d->graphs, d->labels, DATA_COUNT};
    return trainer_run(t, p, &set, &run, &result);
}

static void test_same_bits(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor a, b;
    data_make(d);
    data_predictor(d, &a, 2);
    data_predictor(d, &b, 2);
    CHECK_OK(train(world, d, &a, NULL, 0));
    CHECK_OK(train(self, d, &b, NULL, 0));
    CU_ASSERT_EQUAL(memcmp(a.weights, b.weights, 2 * a.parameters * sizeof(float)), 0);
    double values[DATA_COUNT], tau;
    struct scorer *scorer = NULL;
    CHECK_OK(scorer_new(&scorer, &a, NULL));
    CHECK_OK(scorer_score_all(world, scorer, d->graphs, NULL, DATA_COUNT, values, NULL, NULL));
    scorer_free(scorer);
    CHECK_OK(metrics_kendall_tau(values, d->labels, DATA_COUNT, &tau));
    CU_ASSERT(tau > 0.6);
    predictor_release(&a);
    predictor_release(&b);
    arena_release(&d->arena);
    free(d);
}

static void test_resume(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor whole, parts;
    char path[64] = "/tmp/sibyl_checkpoint_XXXXXX";
    data_make(d);
    data_predictor(d, &whole, 2);
    data_predictor(d, &parts, 2);
    CHECK_OK(train(self, d, &whole, NULL, 0));
    if (team_rank(world) == 0) {
        int fd = mkstemp(path);
        CU_ASSERT_FATAL(fd >= 0);
        close(fd);
        unlink(path);
    }
    team_broadcast(world, 0, path, sizeof(path));
    CU_ASSERT_EQUAL(train(world, d, &parts, path, 3), SIBYL_E_STOPPED);
    CU_ASSERT_EQUAL(train(world, d, &parts, path, 14), SIBYL_E_STOPPED); /* in the second network */
    CHECK_OK(train(world, d, &parts, path, 0));
    CU_ASSERT_EQUAL(memcmp(whole.weights, parts.weights, 2 * whole.parameters * sizeof(float)), 0);
    team_barrier(world);
    if (team_rank(world) == 0) unlink(path);
    predictor_release(&whole);
    predictor_release(&parts);
    arena_release(&d->arena);
    free(d);
}

/* A label that is not finite fails on all ranks, and no rank is left waiting. */
static void test_bad_label(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p;
    data_make(d);
    data_predictor(d, &p, 1);
    d->labels[7] = 0.0 / 0.0;
    CU_ASSERT_EQUAL(train(world, d, &p, NULL, 0), SIBYL_E_RANGE);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"same bits as one rank", test_same_bits},
                           {"stop and resume", test_resume},
                           {"bad label", test_bad_label},
                           CU_TEST_INFO_NULL};
    if (comm_start(&argc, &argv) || team_world(&world) || team_self(&self)) return 1;
    int failed = unit_run("trainer", tests);
    failed = team_max(world, failed) > 0;
    team_release(self);
    team_release(world);
    comm_stop();
    return failed;
}
