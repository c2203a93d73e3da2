/* In a search each network is made once, whoever looks at it afterwards. */
#include "tests/mpi/mpi_run.h"

#include "base/file.h"
#include "search/engine/engine.h"

#include <stdlib.h>
#include <unistd.h>

/* A space that counts: genomes that come into being, and graphs made of them. */
static const struct space *counted;
static uint64_t genomes, graphs;

static void counting_at(const struct space *s, uint64_t index, uint16_t *out)
{
    counted->at(s, index, out);
    genomes++;
}

static void counting_sample(const struct space *s, struct rng *r, uint16_t *out)
{
    counted->sample(s, r, out);
    genomes++;
}

static void counting_edit(const struct space *s, struct rng *r, const uint16_t *parent,
                          uint16_t *out)
{
    counted->edit(s, r, parent, out);
    genomes++;
}

static void counting_cross(const struct space *s, struct rng *r, const uint16_t *a,
                           const uint16_t *b, uint16_t *out)
{
    counted->cross(s, r, a, b, out);
    genomes++;
}

static enum status counting_graph(const struct space *s, const uint16_t *g, struct graph *out,
                                  struct arena *arena)
{
    graphs++;
    return counted->graph(s, g, out, arena);
}

static enum status evaluate(struct evaluator *e, const struct space *s, const struct candidate *c,
                            const struct evaluation_task *task, struct evaluation *out)
{
    (void)e;
    (void)s;
    (void)task;
    *out = (struct evaluation){.value = (double)(c->hash.low >> 11) / 9007199254740992.0};
    return SIBYL_OK;
}

static void remove_files(const char *folder)
{
    static const char *const files[] = {"run.journal", "history.csv", "best.json"};
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        char *path = file_join(folder, files[i]);
        (void)unlink(path);
        free(path);
    }
    (void)rmdir(folder);
}

#define WRITINGS_MAX 20 /* of best.json, about one a second */

static void check_search(const char *name, enum search_algorithm algorithm)
{
    char folder[] = "/tmp/sibyl_mpi_once_XXXXXX";
    struct space *s = NULL;
    struct search_options options;
    struct search_result result = {0};
    struct evaluator e = {.evaluate = evaluate};
    struct log log = {.level = LOG_QUIET};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CHECK_OK(space_new(name, &s));
    struct space counting = *s;
    counted = s;
    counting.at = counting_at;
    counting.sample = counting_sample;
    counting.edit = counting_edit;
    counting.cross = counting_cross;
    counting.graph = counting_graph;
    search_options_default(&options);
    options.algorithm = algorithm;
    options.evaluations = 60;
    options.candidates = 100;
    options.predictor.layers = 1;
    options.predictor.width = 8;
    options.predictor.members = 1;
    options.training.epochs = 2;
    struct search_run run = {.options = &options,
                             .space = &counting,
                             .evaluator = &e,
                             .folder = folder,
                             .job_digest = "digest",
                             .log = &log,
                             .threads = 1};
    genomes = graphs = 0;
    CHECK_OK(engine_run(everyone, &run, &result));
    CU_ASSERT_EQUAL(result.evaluations, 60);
    CU_ASSERT(genomes >= 60);
    CU_ASSERT(graphs > genomes && graphs <= genomes + WRITINGS_MAX);
    search_result_release(&result);
    remove_files(folder);
    space_free(s);
}

/* The graph of best.json is the only one more, each time that it is written: it is the raw one. */
static void test_once(void)
{
    check_search("nasbench201", ALGORITHM_RANDOM);
    check_search("nasbench201", ALGORITHM_AGING);
    check_search("digits201", ALGORITHM_PREDICTOR);
    check_search("nasbench101", ALGORITHM_PREDICTOR);
    check_search("digits201", ALGORITHM_EXHAUSTIVE);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"each network is made once", test_once}, CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "candidate_once", tests);
}
