/* Training gives the same bits on any number of ranks, and across a stop and a resume; and it
 * learns. */
#include "tests/mpi/mpi_data.h"

#include "base/file.h"
#include "proto/checkpoint_file.h"
#include "predictor/metrics.h"
#include "predictor/scorer.h"
#include "predictor/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct team *world, *self; /* CUnit passes nothing to a test */

struct stop_after {
    uint32_t steps, seen;
};

/* On the last rank alone: all must stop at the same step. */
static bool stop_asked(void *context)
{
    struct stop_after *s = context;
    return team_rank(world) == team_size(world) - 1 && ++s->seen == s->steps;
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

/* A path in a fresh folder that all ranks know. */
static void temporary_path(char *path, size_t bytes)
{
    if (team_rank(world) == 0) {
        char folder[] = "/tmp/sibyl_checkpoint_XXXXXX";
        CU_ASSERT_FATAL(mkdtemp(folder) != NULL);
        snprintf(path, bytes, "%s/checkpoint", folder);
    }
    team_broadcast(world, 0, path, bytes);
}

static void remove_all(char *path)
{
    team_barrier(world);
    if (team_rank(world)) return;
    checkpoint_file_remove(path);
    *strrchr(path, '/') = '\0';
    CU_ASSERT_EQUAL(rmdir(path), 0); /* and nothing else was left there */
}

/* Stopped between any two steps, within an epoch and at its end, in either network. */
static void test_resume(void)
{
    const uint32_t stops[] = {4, 2, 1, 36, 1}; /* 3 steps are an epoch */
    struct data *d = malloc(sizeof(*d));
    struct predictor whole, parts;
    char path[64];
    data_make(d);
    data_predictor(d, &whole, 2);
    data_predictor(d, &parts, 2);
    CHECK_OK(train(self, d, &whole, NULL, 0));
    temporary_path(path, sizeof(path));
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
        CU_ASSERT_EQUAL(train(world, d, &parts, path, stops[i]), SIBYL_E_STOPPED);
    CHECK_OK(train(world, d, &parts, path, 0));
    CU_ASSERT_EQUAL(memcmp(whole.weights, parts.weights, 2 * whole.parameters * sizeof(float)), 0);
    remove_all(path);
    predictor_release(&whole);
    predictor_release(&parts);
    arena_release(&d->arena);
    free(d);
}

/* Rank 0 flips a bit in the middle of a file, or cuts it short. */
static void damage(const char *path, bool cut)
{
    char *data = NULL;
    size_t bytes = 0;
    if (team_rank(world)) return;
    CHECK_OK(file_read(path, &data, &bytes));
    data[bytes / 2] ^= 4;
    CHECK_OK(file_write(path, data, cut ? bytes / 2 : bytes));
    free(data);
}

/* A damaged checkpoint, or one that is missing, is the one before; two damaged ones are an error.
 */
static void test_damage(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor whole, parts;
    char path[64], before[80];
    data_make(d);
    data_predictor(d, &whole, 1);
    data_predictor(d, &parts, 1);
    CHECK_OK(train(self, d, &whole, NULL, 0));
    temporary_path(path, sizeof(path));
    snprintf(before, sizeof(before), "%s.before", path);
    CU_ASSERT_EQUAL(train(world, d, &parts, path, 2), SIBYL_E_STOPPED);
    damage(path, false);
    CU_ASSERT_EQUAL(train(world, d, &parts, path, 2), SIBYL_E_FORMAT); /* there is none before */
    if (team_rank(world) == 0) unlink(path);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(train(world, d, &parts, path, 2), SIBYL_E_STOPPED);
        CU_ASSERT_EQUAL(train(world, d, &parts, path, 2), SIBYL_E_STOPPED);
        if (i < 2) damage(path, i == 1);
        if (i == 2 && team_rank(world) == 0) unlink(path);
    }
    CHECK_OK(train(world, d, &parts, path, 0));
    CU_ASSERT_EQUAL(memcmp(whole.weights, parts.weights, whole.parameters * sizeof(float)), 0);
    CU_ASSERT_EQUAL(train(world, d, &parts, path, 2), SIBYL_E_STOPPED);
    damage(path, false);
    damage(before, true);
    CU_ASSERT_EQUAL(train(world, d, &parts, path, 0), SIBYL_E_FORMAT);
    remove_all(path);
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
                           {"damaged checkpoints", test_damage},
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
