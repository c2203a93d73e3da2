/* Predictors and scorers of libsibyl: the bits are those of the program's own scorer, on any number
 * of threads, for networks in any order of nodes and anywhere in a list. */
#include "tests/mpi/mpi_data.h"
#include "tests/unit/library_case.h"

#include "predictor/scoring/predictor_input.h"
#include "predictor/scoring/scorer.h"

#include <math.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMBERS 3

/* Random weights, as training leaves them. */
static void fill_weights(struct predictor *p)
{
    struct rng r;
    rng_init(&r, 9, RNG_TEST, 0);
    for (size_t i = 0; i < p->parameters * predictor_networks(p); i++)
        p->weights[i] = (float)(0.2 * rng_normal(&r));
}

/* The data, a predictor of them, and its file. */
struct fixture {
    struct data data;
    struct predictor predictor;
    char *path;
    struct sibyl_predictor *read;
    struct sibyl_graphs *graphs; /* the data */
};

/* Adds a graph with its nodes in turned order where `turned`. */
static void add_graph(struct sibyl_graphs *graphs, const struct graph *g, bool turned)
{
    const char *operations[64];
    uint32_t edges[2 * 64], multiplicities[64];
    CU_ASSERT_FATAL(g->nodes <= 64 && g->edges <= 64);
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t at = turned ? g->nodes - 1 - i : i;
        operations[at] = case_operations[g->ops[i]];
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++) {
            edges[2 * e] = at;
            edges[2 * e + 1] = turned ? g->nodes - 1 - g->out_node[e] : g->out_node[e];
            multiplicities[e] = g->out_multiplicity[e];
        }
    }
    struct sibyl_network n = {.nodes = g->nodes,
                              .operations = operations,
                              .edge_count = g->edges,
                              .edges = edges,
                              .multiplicities = multiplicities};
    WORKS(sibyl_graphs_add(graphs, &n, &status));
}

/* Those of the data that have an input or an output. */
static bool is_used(const struct graph *g)
{
    for (uint32_t i = 0; i < g->nodes; i++)
        if (g->ops[i] < 2) return true;
    return false;
}

static struct fixture *open_fixture(void)
{
    struct fixture *f = calloc(1, sizeof(*f));
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    data_make(&f->data);
    data_predictor(&f->data, &f->predictor, MEMBERS);
    fill_weights(&f->predictor);
    f->predictor.minimise = true;
    f->predictor.target_mean = 0.5;
    f->predictor.target_deviation = 0.125;
    f->path = case_file();
    CHECK_OK(predictor_write(&f->predictor, f->path));
    WORKS(sibyl_predictor_read(&f->read, f->path, &status));
    WORKS(sibyl_predictor_graphs(f->read, &f->graphs, &status));
    return f;
}

static void close_fixture(struct fixture *f)
{
    sibyl_graphs_free(f->graphs);
    sibyl_predictor_free(f->read);
    predictor_release(&f->predictor);
    arena_release(&f->data.arena);
    remove(f->path);
    free(f->path);
    free(f);
}

/* What the program's scorer makes of the data that are used; how many they are. */
static size_t expected(struct fixture *f, double *values, double *deviations)
{
    static struct graph inputs[DATA_COUNT];
    struct scorer *scorer = NULL;
    size_t count = 0;
    for (size_t i = 0; i < DATA_COUNT; i++) {
        if (!is_used(&f->data.graphs[i])) continue;
        CHECK_OK(graph_canonical(&inputs[count++], &f->data.arena, &f->data.graphs[i],
                                 &f->data.vocabulary));
    }
    CHECK_OK(scorer_new(&scorer, &f->predictor, NULL));
    CHECK_OK(scorer_score(scorer, inputs, count, values, deviations));
    scorer_free(scorer);
    return count;
}

static void check_bits(const double *a, const double *b, size_t count)
{
    CU_ASSERT_EQUAL(memcmp(a, b, count * sizeof(*a)), 0);
}

static void test_scores(void)
{
    static double want[DATA_COUNT], spread[DATA_COUNT], got[2 * DATA_COUNT], gotten[2 * DATA_COUNT];
    struct fixture *f = open_fixture();
    size_t count = expected(f, want, spread);
    CU_ASSERT(count > 100 && want[0] != want[1] && spread[0] > 0);
    CU_ASSERT_STRING_EQUAL(sibyl_predictor_label(f->read), "label");
    CU_ASSERT_EQUAL(sibyl_predictor_minimises(f->read), 1);
    CU_ASSERT_EQUAL(sibyl_predictor_members(f->read), MEMBERS);
    CU_ASSERT_EQUAL(sibyl_predictor_operations(f->read), CASE_OPERATIONS);
    CU_ASSERT_STRING_EQUAL(sibyl_predictor_operation(f->read, 2), "conv");
    CU_ASSERT_PTR_NULL(sibyl_predictor_operation(f->read, 4));
    CU_ASSERT_EQUAL(sibyl_predictor_attributes(f->read), 0);
    CU_ASSERT_EQUAL(sibyl_predictor_features(f->read), 0);
    CU_ASSERT_PTR_NULL(sibyl_predictor_feature(f->read, 0));
    for (int turned = 0; turned < 2; turned++)
        for (size_t i = 0; i < DATA_COUNT; i++)
            if (is_used(&f->data.graphs[i])) add_graph(f->graphs, &f->data.graphs[i], turned);
    for (int threads = 0; threads < 6; threads += 2) {
        struct sibyl_scorer_options options = {.threads = threads};
        struct sibyl_scorer *scorer = NULL;
        struct sibyl_scores scores = {.values = got, .deviations = gotten};
        WORKS(sibyl_scorer_new(&scorer, f->read, &options, &status));
        for (int again = 0; again < 2; again++) {
            memset(got, 0, sizeof(got));
            WORKS(sibyl_scorer_score(scorer, f->graphs, &scores, &status));
            check_bits(got, want, count);
            check_bits(got + count, want, count);
            check_bits(gotten + count, spread, count);
        }
        const struct sibyl_scores nothing = {NULL, NULL, NULL};
        WORKS(sibyl_scorer_score(scorer, f->graphs, &nothing, &status));
        sibyl_scorer_free(scorer);
    }
    close_fixture(f);
}

/* More networks than are held at a time, most of them equal to some others. */
static void test_many(void)
{
    enum { COUNT = 40000 };
    static double want[DATA_COUNT], got[COUNT];
    struct fixture *f = open_fixture();
    struct sibyl_scorer *scorer = NULL;
    size_t used[DATA_COUNT], count = 0;
    (void)expected(f, want, NULL);
    for (size_t i = 0; i < DATA_COUNT; i++)
        if (is_used(&f->data.graphs[i])) used[count++] = i;
    for (size_t i = 0; i < COUNT; i++)
        add_graph(f->graphs, &f->data.graphs[used[i * i % count]], i % 2);
    struct sibyl_scores scores = {.values = got};
    WORKS(sibyl_scorer_new(&scorer, f->read, NULL, &status));
    WORKS(sibyl_scorer_score(scorer, f->graphs, &scores, &status));
    for (size_t i = 0; i < COUNT; i++) check_bits(&got[i], &want[i * i % count], 1);
    sibyl_graphs_clear(f->graphs);
    WORKS(sibyl_scorer_score(scorer, f->graphs, &scores, &status));
    sibyl_scorer_free(scorer);
    close_fixture(f);
}

/* ---- threads ---- */

#define THREADS 8
#define ROUNDS 20

struct worker {
    struct fixture *f;
    const double *want;
    size_t count;
    int number, wrong;
};

/* Scores with a scorer of its own, and fails in a way of its own in between. */
static void *work(void *context)
{
    struct worker *w = context;
    struct sibyl_scorer *scorer = NULL;
    struct sibyl_scorer_options options = {.threads = 1 + w->number % 2};
    struct sibyl_status status;
    double got[DATA_COUNT];
    char hash[SIBYL_HASH_BYTES], path[64];
    struct sibyl_scores scores = {.values = got};
    snprintf(path, sizeof(path), "/no/such/file%d", w->number);
    w->wrong = sibyl_scorer_new(&scorer, w->f->read, &options, &status) != SIBYL_CODE_OK;
    for (int i = 0; i < ROUNDS && !w->wrong; i++) {
        struct sibyl_predictor *none = NULL;
        memset(got, 0, sizeof(got));
        w->wrong += sibyl_scorer_score(scorer, w->f->graphs, &scores, &status) != SIBYL_CODE_OK;
        w->wrong += memcmp(got, w->want, w->count * sizeof(*got)) != 0;
        w->wrong += sibyl_predictor_read(&none, path, &status) != SIBYL_CODE_IO;
        w->wrong += strstr(status.message, path) == NULL;
        w->wrong += sibyl_graphs_hash(w->f->graphs, (size_t)i, hash, &status) != SIBYL_CODE_OK;
    }
    sibyl_scorer_free(scorer);
    return NULL;
}

static void test_threads(void)
{
    static double want[DATA_COUNT];
    struct fixture *f = open_fixture();
    size_t count = expected(f, want, NULL);
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < DATA_COUNT; i++)
        if (is_used(&f->data.graphs[i])) add_graph(f->graphs, &f->data.graphs[i], i % 2);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){f, want, count, i, 0};
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CU_ASSERT_EQUAL(pthread_join(threads[i], NULL), 0);
        CU_ASSERT_EQUAL(workers[i].wrong, 0);
    }
    close_fixture(f);
}

/* A process that has scored with several threads has a child, which scores with one. */
static void test_fork(void)
{
    static double want[DATA_COUNT], got[DATA_COUNT];
    struct fixture *f = open_fixture();
    size_t count = expected(f, want, NULL);
    struct sibyl_scorer *scorers[2] = {NULL, NULL};
    const struct sibyl_scorer_options options[2] = {{.threads = 1}, {.threads = 3}};
    struct sibyl_scores scores = {.values = got};
    int ended = -1;
    for (size_t i = 0; i < DATA_COUNT; i++)
        if (is_used(&f->data.graphs[i])) add_graph(f->graphs, &f->data.graphs[i], false);
    for (int k = 0; k < 2; k++) {
        WORKS(sibyl_scorer_new(&scorers[k], f->read, &options[k], &status));
        WORKS(sibyl_scorer_score(scorers[k], f->graphs, &scores, &status));
        check_bits(got, want, count);
    }
    memset(got, 0, sizeof(got));
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        bool right = !sibyl_scorer_score(scorers[0], f->graphs, &scores, NULL) &&
                     memcmp(got, want, count * sizeof(*got)) == 0;
        _exit(right ? 0 : 1);
    }
    CU_ASSERT_EQUAL(waitpid(child, &ended, 0), child);
    CU_ASSERT_EQUAL(ended, 0);
    for (int k = 0; k < 2; k++) sibyl_scorer_free(scorers[k]);
    close_fixture(f);
}

/* ---- features ---- */

static void test_features(void)
{
    static const char *const names[] = {"flops"};
    static const double column[] = {1, 2, 3, 4, 5}, given[] = {2.5, NAN};
    struct features features;
    struct predictor_options o;
    struct predictor p;
    struct data *d = malloc(sizeof(*d));
    struct sibyl_predictor *read = NULL;
    struct sibyl_graphs *graphs = NULL;
    struct sibyl_scorer *scorer = NULL;
    struct graph inputs[2], plain;
    struct scorer *own = NULL;
    double want[2], got[2];
    char *path = case_file();
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    data_make(d);
    CHECK_OK(features_fit(&features, &d->arena, names, 1, column, 5));
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 16;
    o.members = 1;
    attributes_init(&o.attributes, features_numbers(&features));
    attributes_set_features(&o.attributes, features_numbers(&features));
    CHECK_OK(predictor_init(&p, &o, &d->vocabulary, "label"));
    CHECK_OK(predictor_set_features(&p, &features));
    fill_weights(&p);
    CHECK_OK(predictor_write(&p, path));
    WORKS(sibyl_predictor_read(&read, path, &status));
    CU_ASSERT_EQUAL(sibyl_predictor_features(read), 1);
    CU_ASSERT_STRING_EQUAL(sibyl_predictor_feature(read, 0), "flops");
    CU_ASSERT_EQUAL(sibyl_predictor_attributes(read), 0);
    WORKS(sibyl_predictor_graphs(read, &graphs, &status));
    CHECK_OK(graph_canonical(&plain, &d->arena, &d->graphs[1], &d->vocabulary));
    for (int i = 0; i < 2; i++) {
        add_graph(graphs, &d->graphs[1], false);
        CHECK_OK(features_attach(&features, &given[i], &d->arena, &plain, &inputs[i]));
    }
    CHECK_OK(scorer_new(&own, &p, NULL));
    CHECK_OK(scorer_score(own, inputs, 2, want, NULL));
    struct sibyl_scores scores = {.features = given, .values = got};
    WORKS(sibyl_scorer_new(&scorer, read, NULL, &status));
    WORKS(sibyl_scorer_score(scorer, graphs, &scores, &status));
    check_bits(got, want, 2);
    CU_ASSERT(got[0] != got[1]);
    scores.features = NULL;
    REFUSED(sibyl_scorer_score(scorer, graphs, &scores, &status), SIBYL_CODE_ARGUMENT, "flops");
    scorer_free(own);
    sibyl_scorer_free(scorer);
    sibyl_graphs_free(graphs);
    sibyl_predictor_free(read);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
    remove(path);
    free(path);
}

/* ---- what is refused ---- */

static void test_refused(void)
{
    static const char *const other[] = {"output", "input", "conv", "pool"};
    double values[4];
    struct fixture *f = open_fixture();
    struct sibyl_scorer *scorer = NULL;
    struct sibyl_graphs *wrong = NULL, *numbers = NULL;
    const struct sibyl_scores scores = {.values = values};
    const struct sibyl_scorer_options many = {4097, SIBYL_PRECISION_FLOAT32},
                                      odd = {1, (enum sibyl_precision)7},
                                      fast = {1, SIBYL_PRECISION_BF16};
    const struct sibyl_network bare = {.nodes = 1, .operations = case_operations + 2};
    REFUSED(sibyl_scorer_new(&scorer, NULL, NULL, &status), SIBYL_CODE_ARGUMENT, "predictor");
    REFUSED(sibyl_scorer_new(NULL, f->read, NULL, &status), SIBYL_CODE_ARGUMENT, "out");
    REFUSED(sibyl_scorer_new(&scorer, f->read, &many, &status), SIBYL_CODE_ARGUMENT, "4097");
    REFUSED(sibyl_scorer_new(&scorer, f->read, &odd, &status), SIBYL_CODE_ARGUMENT, "7");
    enum sibyl_code code = sibyl_scorer_new(&scorer, f->read, &fast, NULL);
    CU_ASSERT_EQUAL(code, inference_has_bf16() ? SIBYL_CODE_OK : SIBYL_CODE_UNSUPPORTED);
    sibyl_scorer_free(scorer);
    WORKS(sibyl_scorer_new(&scorer, f->read, NULL, &status));
    REFUSED(sibyl_scorer_score(NULL, f->graphs, &scores, &status), SIBYL_CODE_ARGUMENT, "scorer");
    REFUSED(sibyl_scorer_score(scorer, NULL, &scores, &status), SIBYL_CODE_ARGUMENT, "graphs");
    REFUSED(sibyl_scorer_score(scorer, f->graphs, NULL, &status), SIBYL_CODE_ARGUMENT, "scores");
    WORKS(sibyl_graphs_new(&wrong, other, 4, 0, &status));
    REFUSED(sibyl_scorer_score(scorer, wrong, &scores, &status), SIBYL_CODE_ARGUMENT, "operations");
    WORKS(sibyl_graphs_new(&numbers, case_operations, 4, 2, &status));
    REFUSED(sibyl_scorer_score(scorer, numbers, &scores, &status), SIBYL_CODE_ARGUMENT, "have 2");
    WORKS(sibyl_graphs_add(f->graphs, &bare, &status));
    REFUSED(sibyl_scorer_score(scorer, f->graphs, &scores, &status), SIBYL_CODE_FORMAT, "in use");
    sibyl_graphs_clear(f->graphs);
    add_graph(f->graphs, &f->data.graphs[1], false);
    WORKS(sibyl_scorer_score(scorer, f->graphs, &scores, &status)); /* it is as it was */
    sibyl_scorer_free(NULL);
    sibyl_predictor_free(NULL);
    CU_ASSERT_PTR_NULL(sibyl_predictor_label(NULL));
    sibyl_graphs_free(wrong);
    sibyl_graphs_free(numbers);
    sibyl_scorer_free(scorer);
    close_fixture(f);
}

static void test_gaussian_process(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor_options o;
    struct predictor p;
    struct sibyl_predictor *read = NULL;
    struct sibyl_scorer *scorer = NULL;
    char *path = case_file();
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    data_make(d);
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 16;
    o.head = HEAD_LINEAR_GP;
    CHECK_OK(predictor_init(&p, &o, &d->vocabulary, "label"));
    fill_weights(&p);
    p.gp = (struct gp_model){.rows = 1, .columns = o.width};
    p.gp.inputs = calloc(o.width, sizeof(*p.gp.inputs));
    p.gp.alpha = calloc(1, sizeof(*p.gp.alpha));
    p.gp.hyper.length = p.gp.hyper.signal = p.gp.hyper.noise = 1;
    CHECK_OK(predictor_write(&p, path));
    enum sibyl_code code = sibyl_predictor_read(&read, path, NULL);
    CU_ASSERT_EQUAL(code, SIBYL_CODE_OK);
    if (!code)
        REFUSED(sibyl_scorer_new(&scorer, read, NULL, &status), SIBYL_CODE_UNSUPPORTED,
                "linear+gp");
    sibyl_predictor_free(read);
    predictor_release(&p);
    arena_release(&d->arena);
    free(d);
    remove(path);
    free(path);
}

/* Every beginning, and bytes here and there changed. */
static void test_damaged(void)
{
    struct fixture *f = open_fixture();
    size_t bytes;
    unsigned char *data = case_read(f->path, &bytes);
    for (size_t cut = 0; cut < bytes; cut += cut < 2048 ? 1 : 509) {
        struct sibyl_predictor *p = NULL;
        case_write(f->path, data, cut);
        REFUSED(sibyl_predictor_read(&p, f->path, &status), SIBYL_CODE_FORMAT, f->path);
        CU_ASSERT_PTR_NULL(p);
    }
    for (size_t i = 0; i < bytes; i += i < 2048 ? 1 : 509) {
        struct sibyl_predictor *p = NULL;
        data[i] ^= 0x10;
        case_write(f->path, data, bytes);
        data[i] ^= 0x10;
        REFUSED(sibyl_predictor_read(&p, f->path, &status), SIBYL_CODE_FORMAT, f->path);
        CU_ASSERT_PTR_NULL(p);
    }
    free(data);
    close_fixture(f);
}

int main(void)
{
    CU_TestInfo tests[] = {{"scores", test_scores},
                           {"many networks", test_many},
                           {"threads", test_threads},
                           {"a child process", test_fork},
                           {"features", test_features},
                           {"refused", test_refused},
                           {"a Gaussian process", test_gaussian_process},
                           {"a damaged predictor", test_damaged},
                           CU_TEST_INFO_NULL};
    return unit_run("library_scorer", tests);
}
