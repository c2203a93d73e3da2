/* Searches with a known answer: the values come from a formula on a network's hash, and all
 * networks of the space are known. For mpi_engine.c and
 * mpi_engine_free.c. */
#ifndef TESTS_MPI_ENGINE_CASE_H
#define TESTS_MPI_ENGINE_CASE_H

#include "base/file.h"
#include "base/process/child.h"
#include "search/engine/engine.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static struct team *team;
static struct space *space;
static char root_folder[64]; /* the same on all ranks */

/* ---- an evaluator with a formula ---- */

static inline bool formula_fails(struct hash128 h)
{
    return h.high % 13 == 0;
}

static inline double formula(struct hash128 h)
{
    return (double)(h.low >> 11) / 9007199254740992.0;
}

struct synthetic {
    uint64_t calls, stop_after; /* of this rank; stop_after 0: never */
    bool fails_stopped;         /* what asks a rank to stop also ends the evaluation in hand */
    bool breaks;                /* evaluate() itself fails, on the last rank */
    double best;
    struct hash128 best_hash;
};

static inline bool synthetic_stop(void *context)
{
    const struct synthetic *y = context;
    return y->stop_after && y->calls >= y->stop_after;
}

static inline enum status synthetic_evaluate(struct evaluator *e, const struct space *s,
                                             const struct candidate *c,
                                             const struct evaluation_task *task,
                                             struct evaluation *out)
{
    struct synthetic *y = e->detail;
    struct hash128 h;
    (void)task;
    enum status st = space_hash(s, c->genes, &h);
    if (!st && hash128_compare(h, c->hash) != 0)
        st = err_set(SIBYL_E_FORMAT, "a task has the hash of another network");
    if (st) return st;
    y->calls++;
    if (y->breaks && team_rank(team) == team_size(team) - 1)
        return err_set(SIBYL_E_IO, "the disk is gone");
    bool ended = y->fails_stopped && synthetic_stop(y);
    *out = (struct evaluation){.failed = ended || formula_fails(h), .value = formula(h)};
    if (out->failed) snprintf(out->error, sizeof(out->error), "by the formula");
    return SIBYL_OK;
}

static inline bool synthetic_best(struct evaluator *e, double *value, struct hash128 *hash)
{
    const struct synthetic *y = e->detail;
    *value = y->best;
    *hash = y->best_hash;
    return true;
}

/* ---- brute force ---- */

struct brute {
    struct hash128 *hashes; /* distinct, in order of their first point */
    uint64_t *points;
    size_t count;
    double best;
    struct hash128 best_hash;
};

struct hashed {
    struct hash128 hash;
    uint64_t point;
};

static inline int hashed_compare(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    int order = hash128_compare(x->hash, y->hash);
    return order ? order : (x->point > y->point) - (x->point < y->point);
}

static inline int point_compare(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    return (x->point > y->point) - (x->point < y->point);
}

static inline void brute_force(struct brute *b)
{
    size_t count = 0, distinct = 0;
    struct hashed *all = calloc((size_t)space->strings, sizeof(*all));
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    for (uint64_t i = 0; i < space->strings; i++) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        space->at(space, i, g);
        if (!space->valid(space, g)) continue;
        CHECK_OK(space_hash(space, g, &all[count].hash));
        all[count++].point = i;
    }
    qsort(all, count, sizeof(*all), hashed_compare);
    for (size_t i = 0; i < count; i++) {
        if (distinct == 0 || hash128_compare(all[i].hash, all[distinct - 1].hash) != 0)
            all[distinct++] = all[i];
    }
    qsort(all, distinct, sizeof(*all), point_compare);
    *b = (struct brute){.count = distinct, .best = -1};
    b->hashes = calloc(distinct, sizeof(*b->hashes));
    b->points = calloc(distinct, sizeof(*b->points));
    for (size_t i = 0; i < distinct; i++) {
        b->hashes[i] = all[i].hash;
        b->points[i] = all[i].point;
        if (!formula_fails(all[i].hash) && formula(all[i].hash) > b->best) {
            b->best = formula(all[i].hash);
            b->best_hash = all[i].hash;
        }
    }
    free(all);
}

static struct brute known;

/* ---- running ---- */

struct setup {
    struct search_options options;
    struct synthetic synthetic;
    struct search_result result;
    const char *digest;
    bool replay;
    const char *table; /* digest of the table that values come from; NULL: none */
};

static inline void setup_init(struct setup *u, enum search_algorithm a, uint64_t evaluations)
{
    memset(u, 0, sizeof(*u));
    search_options_default(&u->options);
    u->options.algorithm = a;
    u->options.evaluations = evaluations;
    u->options.batch = 5;
    u->options.initial = 10;
    u->options.population = 12;
    u->options.sample = 4;
    u->options.seed = 7;
    u->options.predictor.layers = 1;
    u->options.predictor.width = 8;
    u->options.predictor.members = 2;
    u->options.training.epochs = 3;
    u->options.pace = PACE_ROUNDS;
    u->digest = "digest";
}

static inline enum status setup_run(struct setup *u, const char *folder)
{
    struct evaluator e = {.detail = &u->synthetic, .evaluate = synthetic_evaluate};
    struct log log = {.level = LOG_QUIET, .rank = team_rank(team)};
    if (u->table) identity_files_add(&e.files, "table", "table.sibyl", u->table);
    if (u->options.target == TARGET_BEST) {
        e.best_known = synthetic_best;
        u->synthetic.best = known.best;
        u->synthetic.best_hash = known.best_hash;
    }
    struct search_run run = {.options = &u->options,
                             .space = space,
                             .evaluator = &e,
                             .folder = folder,
                             .job_digest = u->digest,
                             .job_text = "job",
                             .log = &log,
                             .stop_asked = synthetic_stop,
                             .replay = u->replay,
                             .context = &u->synthetic};
    u->synthetic.calls = 0;
    CHECK_OK(team_rank(team) == 0 ? file_make_folder(folder) : SIBYL_OK);
    enum status st = engine_run(team, &run, &u->result);
    free(u->result.best); /* nobody asks for its text */
    u->result.best = NULL;
    return st;
}

static inline uint64_t calls_of_all(const struct setup *u)
{
    return team_sum_u64(team, u->synthetic.calls);
}

static inline void in_root(char *out, const char *name)
{
    snprintf(out, 200, "%s/%s", root_folder, name);
}

static inline void read_in(const char *folder, const char *name, char **out, size_t *bytes)
{
    char *path = file_join(folder, name);
    *out = NULL;
    CHECK_OK(file_read(path, out, bytes));
    free(path);
}

static inline void expect_same_file(const char *a, const char *b, const char *name)
{
    size_t x, y;
    if (team_rank(team) != 0) return;
    char *first, *second;
    read_in(a, name, &first, &x);
    read_in(b, name, &second, &y);
    CU_ASSERT_EQUAL(x, y);
    CU_ASSERT(x == y && memcmp(first, second, x) == 0);
    free(first);
    free(second);
}

static inline void expect_same(const char *a, const char *b)
{
    expect_same_file(a, b, "history.csv");
    expect_same_file(a, b, "best.json");
}

static inline void remove_tree(const char *folder)
{
    char word[] = "rm", flags[] = "-rf", path[64];
    snprintf(path, sizeof(path), "%s", folder);
    char *words[] = {word, flags, path, NULL};
    struct child_task task = {
        .program = "/bin/rm", .arguments = words, .environment = environ, .input = ""};
    struct child_result r;
    (void)child_run(&task, &r);
}

/* Runs the tests in a fresh folder, root_folder, which goes away in the end; the same on all ranks.
 */
static inline int run_in_root(const char *name, CU_TestInfo *tests)
{
    snprintf(root_folder, sizeof(root_folder), "/tmp/sibyl_mpi_%s_XXXXXX", name);
    if (team_rank(team) == 0 && !mkdtemp(root_folder)) root_folder[0] = '\0';
    team_broadcast(team, 0, root_folder, sizeof(root_folder));
    if (!root_folder[0]) return 1;
    int failed = unit_run(name, tests);
    failed = team_max(team, failed) > 0;
    free(known.hashes);
    free(known.points);
    if (team_rank(team) == 0) remove_tree(root_folder);
    return failed;
}

#endif
