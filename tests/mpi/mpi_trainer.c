/* Training gives the same bits on any number of ranks, and across a stop and a resume; and it
 * learns. */
#include "tests/mpi/mpi_data.h"

#include "base/file.h"
#include "comm/team_internal.h"
#include "proto/files/checkpoint_file.h"
#include "proto/graph/codec.h"
#include "predictor/scoring/metrics.h"
#include "predictor/scoring/scorer_team.h"
#include "predictor/training/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* CUnit passes nothing to a test. half: of the first ranks alone, NULL on others. */
static struct team *world, *half, *self;

/* What a training is; struct data's by itself where nothing else is set. */
struct job {
    struct training_options options;
    struct training_set set;
    const char *checkpoint;
    double checkpoint_s; /* 0: also where members are side by side, one step between exchanges */
    int threads;
    uint32_t stop;         /* behind so many steps; 0: never */
    enum status reporting; /* what rank 0 says of an epoch */
};

/* A job in the hands of a team. */
struct run {
    const struct job *job;
    struct team *team;
    uint32_t seen;
    uint32_t told[PREDICTOR_MEMBERS_MAX]; /* epochs of each member */
};

/* On the last rank alone: all must stop at the same step. */
static bool stop_asked(void *context)
{
    struct run *r = context;
    return team_rank(r->team) == team_size(r->team) - 1 && ++r->seen == r->job->stop;
}

static enum status epoch_done(void *context, const struct trainer_progress *p)
{
    struct run *r = context;
    CU_ASSERT_EQUAL(p->epoch, p->begun_epochs[p->member] + ++r->told[p->member]);
    return p->epoch ? r->job->reporting : SIBYL_OK;
}

static struct job job_of(const struct data *d)
{
    struct job j = {.set = {d->graphs, d->labels, DATA_COUNT}, .checkpoint_s = 1e9};
    training_options_default(&j.options);
    j.options.epochs = 12;
    j.options.batch = 50;
    j.options.loss.rank_random = 0.1;
    j.options.dropout = 0.1;
    return j;
}

static enum status train_job(struct team *t, const struct job *j, struct predictor *p)
{
    struct log log = {LOG_QUIET, 0};
    struct run r = {.job = j, .team = t};
    struct trainer_result result;
    struct trainer_run run = {.options = &j->options,
                              .seed = 5,
                              .checkpoint_path = j->checkpoint,
                              .checkpoint_s = j->checkpoint_s,
                              .threads = j->threads,
                              .job_digest = "job",
                              .log = &log,
                              .stop_asked = stop_asked,
                              .epoch_done = epoch_done,
                              .context = &r};
    return trainer_run(t, p, &j->set, &run, &result);
}

static enum status train(struct team *t, struct data *d, struct predictor *p,
                         const char *checkpoint, uint32_t stop)
{
    struct job j = job_of(d);
    j.checkpoint = checkpoint;
    j.stop = stop;
    return train_job(t, &j, p);
}

/* On rank 0 by itself; all get the weights. */
static void train_alone(const struct job *j, struct predictor *p)
{
    if (team_rank(world) == 0) CU_ASSERT_EQUAL(train_job(self, j, p), SIBYL_OK);
    team_broadcast(world, 0, p->weights, p->options.members * p->parameters * sizeof(float));
}

static void same_weights(const struct predictor *a, const struct predictor *b)
{
    CU_ASSERT_EQUAL_FATAL(a->parameters, b->parameters);
    CU_ASSERT_EQUAL(
        memcmp(a->weights, b->weights, a->options.members * a->parameters * sizeof(float)), 0);
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
    same_weights(&a, &b);
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

/* Shards that no number of ranks but one divides, and ranks that have none; in batches of 32 rows
 * and a last one of 22. */
static void test_odd_shards(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor a, b;
    data_make(d);
    data_predictor(d, &a, 1);
    data_predictor(d, &b, 1);
    struct job j = job_of(d);
    j.options.shards = 5;
    j.options.batch = 32;
    j.options.epochs = 3;
    CHECK_OK(train_job(world, &j, &a));
    train_alone(&j, &b);
    same_weights(&a, &b);
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

/* Stopped behind so many steps (of each member, where they are trained side by side) on each team
 * in turn, of which every rank has its own, and other threads each time: what one has begun another
 * goes on with. Then it is trained to its end on all ranks. */
static void train_in_parts(const struct job *whole, struct predictor *p, const uint32_t *stops,
                           size_t count)
{
    struct job j = *whole;
    struct team *first = team_rank(world) == 0 ? self : NULL, *teams[] = {world, first, half};
    char path[64];
    temporary_path(path, sizeof(path));
    j.checkpoint = path;
    for (size_t i = 0; i < count; i++) {
        struct team *t = teams[i % 3];
        j.stop = stops[i];
        j.threads = whole->threads ? 1 + (int)i % whole->threads : 1;
        if (t) CU_ASSERT_EQUAL(train_job(t, &j, p), SIBYL_E_STOPPED);
        team_barrier(world);
    }
    j.stop = 0;
    CHECK_OK(train_job(world, &j, p));
    remove_all(path);
}

/* Members in turn by one rank and thread, and trained in parts. */
static void check_parts(uint32_t members, int threads, const uint32_t *stops, size_t count)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor whole, parts;
    data_make(d);
    data_predictor(d, &whole, members);
    data_predictor(d, &parts, members);
    struct job j = job_of(d);
    train_alone(&j, &whole);
    j.threads = threads;
    CHECK_OK(train_job(world, &j, &parts)); /* without a stop */
    same_weights(&whole, &parts);
    memset(parts.weights, 0, members * parts.parameters * sizeof(float));
    j.checkpoint_s = 0;
    train_in_parts(&j, &parts, stops, count);
    same_weights(&whole, &parts);
    predictor_release(&whole);
    predictor_release(&parts);
    arena_release(&d->arena);
    free(d);
}

/* Stopped between any two steps, within an epoch and at its end, in either network. */
static void test_resume(void)
{
    const uint32_t stops[] = {4, 2, 1, 10, 20, 4, 2, 4, 4}; /* 3 steps are an epoch, 36 all */
    check_parts(2, 1, stops, sizeof(stops) / sizeof(stops[0]));
}

/* More members than workers, and a last one that all of them train; fewer than workers. */
static void test_side_by_side(void)
{
    const uint32_t stops[] = {4, 2, 1, 10, 3, 2, 1};
    check_parts(5, 2, stops, sizeof(stops) / sizeof(stops[0]));
    check_parts(3, 5, stops, 4);
}

/* 6 steps of networks of so many layers: on all ranks at once, and stopped on the way. */
static void check_large(uint32_t layers, uint32_t width, uint32_t members, const uint32_t *stops,
                        size_t count)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor_options o;
    struct predictor whole, other;
    data_make(d);
    predictor_options_default(&o);
    o.layers = layers;
    o.width = width;
    o.members = members;
    CHECK_OK(predictor_init(&whole, &o, &d->vocabulary, "label"));
    CHECK_OK(predictor_init(&other, &o, &d->vocabulary, "label"));
    CU_ASSERT(whole.parameters > (size_t)1 << 20);
    struct job j = job_of(d);
    j.set.count = 45;
    j.options.batch = 20;
    j.options.epochs = 2;
    train_alone(&j, &whole);
    CHECK_OK(train_job(world, &j, &other));
    same_weights(&whole, &other);
    if (count) {
        memset(other.weights, 0, members * other.parameters * sizeof(float));
        j.checkpoint_s = 0;
        train_in_parts(&j, &other, stops, count);
        same_weights(&whole, &other);
    }
    predictor_release(&whole);
    predictor_release(&other);
    arena_release(&d->arena);
    free(d);
}

/* Gradients are sent while those below are made, and weights come in while those before are used:
 * two buckets a layer, few enough to be sent too early, and eight a layer, more than there are
 * exchanges on their way at a time, so that some come late. */
static void test_many_buckets(void)
{
    const uint32_t stops[] = {1, 1, 1};
    check_large(4, 128, 1, stops, 3);
    check_large(4, 128, 2, stops, 3); /* side by side, in checkpoints of several records each */
    check_large(2, 256, 1, NULL, 0);
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

/* One row's gradient is too large, and so only one rank fails, in the middle of a step: a second
 * output is known of two rows. */
static void check_large_gradient(uint32_t members)
{
    struct data *d = malloc(sizeof(*d));
    double labels[2 * DATA_COUNT];
    struct predictor_options o;
    struct predictor p;
    data_make(d);
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 16;
    o.outputs = 2;
    o.members = members;
    CHECK_OK(predictor_init(&p, &o, &d->vocabulary, "label"));
    struct job j = job_of(d);
    j.options.loss.auxiliary = 1e6;
    j.set.labels = labels;
    for (size_t i = 0; i < DATA_COUNT; i++) {
        labels[2 * i] = d->labels[i];
        labels[2 * i + 1] = i == 20 ? 1 : i == 77 ? 2 : 0.0 / 0.0;
    }
    CU_ASSERT_EQUAL(train_job(world, &j, &p), SIBYL_E_RANGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "a gradient is too large"));
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
}

static void test_large_gradient(void)
{
    check_large_gradient(1);
    check_large_gradient(2);
}

/* What only rank 0 does fails: a report of an epoch, a checkpoint. */
static void check_rank_0_fails(uint32_t members)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p;
    data_make(d);
    data_predictor(d, &p, members);
    struct job j = job_of(d);
    j.reporting = SIBYL_E_FORMAT;
    CU_ASSERT_EQUAL(train_job(world, &j, &p), SIBYL_E_FORMAT);
    j.reporting = SIBYL_OK;
    j.checkpoint = "/no/such/folder";
    j.checkpoint_s = 0;
    CU_ASSERT_EQUAL(train_job(world, &j, &p), SIBYL_E_IO);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
}

static void test_rank_0_fails(void)
{
    check_rank_0_fails(1);
    check_rank_0_fails(3);
}

/* A checkpoint of layout 1, which had no number, is refused and stays. */
static void test_other_layout(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p;
    char path[64], identity[IDENTITY_TEXT_BYTES];
    data_make(d);
    data_predictor(d, &p, 1);
    temporary_path(path, sizeof(path));
    if (team_rank(world) == 0) {
        struct record_writer w;
        Sibyl__TrainerState s = SIBYL__TRAINER_STATE__INIT;
        unsigned char *packed = NULL;
        size_t bytes = 0;
        identity_text(&(struct identity){"job", NULL}, identity);
        s.job_digest = identity;
        CHECK_OK(codec_pack(&s.base, "a checkpoint", &packed, &bytes));
        CHECK_OK(record_writer_open(&w, path, RECORDS_CHECKPOINT));
        CHECK_OK(record_writer_put(&w, RECORD_STATE, packed, bytes));
        CHECK_OK(record_writer_close(&w));
        free(packed);
    }
    CU_ASSERT_EQUAL(train(world, d, &p, path, 0), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "another version of sibyl (layout 1"));
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    remove_all(path);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
}

/* A team of the first ranks, half of them and at least one. */
static enum status half_team(void)
{
    MPI_Comm comm;
    bool in = team_rank(world) < (team_size(world) + 1) / 2;
    MPI_Comm_split(world->comm, in ? 0 : MPI_UNDEFINED, team_rank(world), &comm);
    if (!in) return SIBYL_OK;
    struct team like = {.comm = comm};
    enum status st = team_like(&like, &half);
    MPI_Comm_free(&comm);
    return st;
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"same bits as one rank", test_same_bits},
                           {"shards that no team divides", test_odd_shards},
                           {"stop and resume", test_resume},
                           {"members side by side", test_side_by_side},
                           {"many buckets", test_many_buckets},
                           {"damaged checkpoints", test_damage},
                           {"bad label", test_bad_label},
                           {"a large gradient", test_large_gradient},
                           {"rank 0 fails", test_rank_0_fails},
                           {"another layout", test_other_layout},
                           CU_TEST_INFO_NULL};
    if (comm_start(&argc, &argv) || team_world(&world) || team_self(&self) || half_team()) return 1;
    int failed = unit_run("trainer", tests);
    failed = team_max(world, failed) > 0;
    team_release(self);
    team_release(half);
    team_release(world);
    comm_stop();
    return failed;
}
