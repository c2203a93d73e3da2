/* Bases: the digest tells all that they are made of; found ones are those that would be made, on
 * any number of ranks; what cannot be kept or read is made again. */
#include "tests/mpi/mpi_data.h"

#include "base/file.h"
#include "predictor/training/network_base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct team *world, *self; /* CUnit passes nothing to a test */
static const struct log quiet = {.level = LOG_QUIET};

#define OUTPUTS 2
#define PATH_BYTES 300

struct job {
    struct data data;
    double labels[DATA_COUNT * OUTPUTS];
    struct training_set set;
    struct training_options options;
    struct network_base_request request;
};

static struct job *job_new(void)
{
    struct job *j = calloc(1, sizeof(*j));
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    data_make(&j->data);
    for (size_t i = 0; i < DATA_COUNT; i++) {
        j->labels[i * OUTPUTS] = NAN; /* to be predicted */
        j->labels[i * OUTPUTS + 1] = j->data.labels[i];
    }
    j->set = (struct training_set){j->data.graphs, j->labels, DATA_COUNT};
    training_options_default(&j->options);
    j->options.epochs = 3;
    j->options.batch = 50;
    j->options.dropout = 0.1;
    j->options.loss.auxiliary = 1;
    j->request = (struct network_base_request){
        .set = &j->set, .options = &j->options, .threads = 1, .log = &quiet};
    return j;
}

static void job_free(struct job *j)
{
    arena_release(&j->data.arena);
    free(j);
}

static void init(const struct job *j, struct predictor *p, uint32_t width)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 1;
    o.width = width;
    o.outputs = OUTPUTS;
    CHECK_OK(predictor_init(p, &o, &j->data.vocabulary, NETWORK_BASE_LABEL));
}

static void digest_of(const struct job *j, uint32_t width, char out[HASH128_TEXT_BYTES])
{
    struct predictor p;
    init(j, &p, width);
    CHECK_OK(network_base_digest(&p, &j->request, out));
    predictor_release(&p);
}

/* Makes or finds it. *found: which. */
static void obtain(struct team *t, const struct job *j, struct predictor *out, bool *found)
{
    char digest[HASH128_TEXT_BYTES];
    init(j, out, 16);
    CHECK_OK(network_base_digest(out, &j->request, digest));
    CHECK_OK(network_base_obtain(t, out, &j->request, digest, found));
    CU_ASSERT_STRING_EQUAL(out->base, digest);
}

static bool same(const struct predictor *a, const struct predictor *b)
{
    return a->parameters == b->parameters && !strcmp(a->base, b->base) &&
           !memcmp(&a->options.attributes, &b->options.attributes, sizeof(a->options.attributes)) &&
           !memcmp(a->weights, b->weights, a->parameters * sizeof(float));
}

/* Everything that the base depends on changes the digest; nothing else does. */
static void test_digest(void)
{
    struct job *j = job_new();
    char first[HASH128_TEXT_BYTES], other[HASH128_TEXT_BYTES];
    struct predictor from;
    double label = j->labels[3];
    digest_of(j, 16, first);
    CU_ASSERT_EQUAL(strlen(first), 32);
    digest_of(j, 24, other);
    CU_ASSERT_STRING_NOT_EQUAL(first, other);
#define CHANGES(change, back)                                                                      \
    do {                                                                                           \
        change;                                                                                    \
        digest_of(j, 16, other);                                                                   \
        CU_ASSERT_STRING_NOT_EQUAL(first, other);                                                  \
        back;                                                                                      \
        digest_of(j, 16, other);                                                                   \
        CU_ASSERT_STRING_EQUAL(first, other);                                                      \
    } while (0)
    struct training_options *o = &j->options, old = *o;
    CHANGES(o->epochs++, *o = old);
    CHANGES(o->batch++, *o = old);
    CHANGES(o->shards++, *o = old);
    CHANGES(o->rate *= 1 + 1e-15, *o = old);
    CHANGES(o->rate_floor += 0.1, *o = old);
    CHANGES(o->warmup += 0.1, *o = old);
    CHANGES(o->decay += 0.1, *o = old);
    CHANGES(o->clip += 0.1, *o = old);
    CHANGES(o->ema *= 0.5, *o = old);
    CHANGES(o->dropout += 0.1, *o = old);
    CHANGES(o->init_scale += 0.1, *o = old);
    CHANGES(o->loss.l1 += 0.1, *o = old);
    CHANGES(o->loss.auxiliary += 0.1, *o = old);
    CHANGES(o->loss.rank_margin += 0.1, *o = old);
    CHANGES(o->precision = PRECISION_BF16, *o = old);
    CHANGES(j->labels[3] += 1e-12, j->labels[3] = label);
    CHANGES(j->set.count--, j->set.count++);
    CHANGES(j->data.graphs[7].ops[0] ^= 1, j->data.graphs[7].ops[0] ^= 1);
    init(j, &from, 16);
    CHANGES(j->request.from = &from, j->request.from = NULL);
    j->request.threads = 7;
    j->request.one_maker = true;
    digest_of(j, 16, other);
    CU_ASSERT_STRING_EQUAL(first, other);
    predictor_release(&from);
    job_free(j);
}

/* A folder that all ranks know. */
static void make_folder(char folder[PATH_BYTES])
{
    snprintf(folder, PATH_BYTES, "/tmp/sibyl_bases_XXXXXX");
    if (team_rank(world) == 0) CU_ASSERT_PTR_NOT_NULL(mkdtemp(folder));
    team_broadcast(world, 0, folder, PATH_BYTES);
}

static void path_of(char path[2 * PATH_BYTES], const char *folder, const char *digest)
{
    snprintf(path, 2 * PATH_BYTES, "%s/base-%s.sibyl", folder, digest);
}

static void remove_folder(const char *folder, const char *digest)
{
    char path[2 * PATH_BYTES];
    if (team_rank(world)) return;
    path_of(path, folder, digest);
    unlink(path);
    snprintf(path, sizeof(path), "%s/.making", folder);
    unlink(path);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

/* Made by one rank, made by all, found by all: the same. */
static void test_found_as_made(void)
{
    struct job *j = job_new();
    struct predictor one, all, own, shared;
    char folder[PATH_BYTES], other[PATH_BYTES];
    bool found = true;
    make_folder(folder);
    make_folder(other);
    obtain(self, j, &one, &found);
    CU_ASSERT_FALSE(found);
    j->request.shared = folder;
    obtain(world, j, &all, &found);
    CU_ASSERT_FALSE(found);
    CU_ASSERT_TRUE(same(&one, &all));
    j->request.own = other;
    obtain(world, j, &shared, &found); /* and is kept in `own` now */
    CU_ASSERT_TRUE(found);
    CU_ASSERT_TRUE(same(&one, &shared));
    j->request.shared = NULL;
    j->request.one_maker = true;
    obtain(world, j, &own, &found);
    CU_ASSERT_TRUE(found);
    CU_ASSERT_TRUE(same(&one, &own));
    team_max(world, 0); /* all have read */
    remove_folder(folder, one.base);
    remove_folder(other, one.base);
    predictor_release(&one);
    predictor_release(&all);
    predictor_release(&own);
    predictor_release(&shared);
    job_free(j);
}

/* A folder that cannot be one, and a file that has another shape: made, and the same. */
static void test_made_again(void)
{
    struct job *j = job_new();
    struct predictor one, all, wide;
    char folder[PATH_BYTES], path[2 * PATH_BYTES];
    bool found = true;
    make_folder(folder);
    obtain(self, j, &one, &found);
    j->request.own = "/dev/null/a";
    j->request.shared = "/proc/nowhere";
    j->request.one_maker = true;
    obtain(world, j, &all, &found);
    CU_ASSERT_FALSE(found);
    CU_ASSERT_TRUE(same(&one, &all));
    predictor_release(&all);

    init(j, &wide, 32);
    snprintf(wide.base, sizeof(wide.base), "%s", one.base);
    if (team_rank(world) == 0) CHECK_OK(base_files_write(&wide, folder));
    j->request.own = NULL;
    j->request.shared = folder;
    obtain(world, j, &all, &found);
    CU_ASSERT_FALSE(found);
    CU_ASSERT_TRUE(same(&one, &all));
    predictor_release(&all);
    obtain(world, j, &all, &found); /* what was made has taken its place */
    CU_ASSERT_TRUE(found);
    CU_ASSERT_TRUE(same(&one, &all));
    team_max(world, 0);
    path_of(path, folder, one.base);
    if (team_rank(world) == 0) CU_ASSERT_EQUAL(access(path, F_OK), 0);
    remove_folder(folder, one.base);
    predictor_release(&one);
    predictor_release(&all);
    predictor_release(&wide);
    job_free(j);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"digest", test_digest},
                           {"found as made", test_found_as_made},
                           {"made again", test_made_again},
                           CU_TEST_INFO_NULL};
    if (comm_start(&argc, &argv) || team_world(&world) || team_self(&self)) return 1;
    int failed = unit_run("network_base", tests);
    failed = team_max(world, failed) > 0;
    team_release(self);
    team_release(world);
    comm_stop();
    return failed;
}
