#include "jobs/planning/plan_jobs.h"

#include "base/hashset.h"
#include "base/rng.h"
#include "jobs/planning/plan_probe.h"
#include "jobs/planning/plan_process.h"
#include "jobs/run/search_parts.h"
#include "proto/graph/canon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PROBE_GRAPHS 512
#define CANDIDATE_S 7e-6     /* of rank 0 alone: to pack a candidate for the others */
#define CANDIDATE_BYTES 14e3 /* as a graph, in a message, and as a graph that came in one */
#define RANKS_USUAL 8        /* where nobody says how many: for the pace that is told */
#define ROUND_S 3e-3         /* of rank 0 alone: to breed, to choose, and the journal on the disk */

static enum status random_networks(const struct space *s, const struct search_options *o,
                                   struct arena *arena, struct graph *graphs)
{
    struct rng r;
    enum status st = SIBYL_OK;
    rng_init(&r, o->seed, RNG_SAMPLE, 0);
    for (size_t i = 0; i < PROBE_GRAPHS && !st; i++) {
        struct graph raw;
        uint16_t *g = space_genes(s, arena);
        if (!g) return SIBYL_E_MEM;
        s->sample(s, &r, g);
        st = s->graph(s, g, &raw, arena);
        if (!st)
            st = graph_in_form(&graphs[i], arena, &raw, &s->vocabulary, o->predictor.graph_form);
    }
    return st;
}

/* How many different networks a space has; a large one is not gone through: of its strings some are
 * equal, but nobody gets that far. */
static enum status count_networks(const struct space *s, double *out)
{
    struct hashset seen = {0};
    enum status st = SIBYL_OK;
    struct arena arena;
    *out = (double)s->strings;
    if (s->strings > SEARCH_ENUMERATE_MAX) return SIBYL_OK;
    arena_init(&arena);
    uint16_t *g = space_genes(s, &arena);
    if (!g) st = SIBYL_E_MEM;
    for (uint64_t i = 0; i < s->strings && !st; i++) {
        struct hash128 hash;
        s->at(s, i, g);
        if (!s->valid(s, g)) continue;
        st = space_hash(s, g, &hash);
        if (!st) st = hashset_add(&seen, hash, 0, NULL);
    }
    *out = (double)seen.count;
    hashset_release(&seen);
    arena_release(&arena);
    return st;
}

/* What a round works with. */
struct round {
    const struct search_options *options;
    double surrogates; /* predictors that are trained: one, or one for each value */
    double rows;       /* of a batch that was measured */
    double candidates; /* networks that are scored */
    double graph_s;    /* to score one with all members */
    struct plan_process process;
};

/* Training of `count` networks on `rows` rows each. */
static void add_training(struct plan *p, const struct round *r, double count, double rows)
{
    double epochs = count * r->options->training.epochs;
    p->training.steps += epochs * ceil(rows / r->options->training.batch);
    p->training.batches += epochs * rows / r->rows;
}

/* A round that trains on all that is known by then, and scores candidates. */
static void add_round(struct plan *p, const struct round *r, double known)
{
    const struct predictor_options *o = &r->options->predictor;
    bool linear = o->head == HEAD_LINEAR_GP;
    double folds = linear ? fmin(r->options->training.folds, known) : 0;
    add_training(p, r, r->surrogates * o->members, known);
    if (folds > 1) add_training(p, r, r->surrogates * folds, known - known / folds);
    p->divided_s += r->surrogates * r->candidates * r->graph_s * plan_process_passes(o);
    p->serial_s += r->surrogates * r->candidates * CANDIDATE_S;
    for (double k = 0; k < r->surrogates && o->head != HEAD_LINEAR; k++) {
        plan_process_add_fit(p, &r->process, known, linear);
        plan_process_add_scoring(p, &r->process, known, r->candidates);
    }
}

/* One predictor for each value that evaluations give. */
static double count_surrogates(const struct objectives *o)
{
    double count = objectives_are_many(o) ? 0 : 1;
    for (uint32_t i = 0; i < o->values; i++) count += !o->predicted[i];
    return count;
}

static void add_rounds(struct plan *p, const struct round *r)
{
    const struct plan_evaluations *e = &p->evaluations;
    double rounds = e->rounds + (e->rest > 0), known = e->initial;
    for (double k = 0; k < rounds; k++) {
        known = e->initial + k * e->batch;
        add_round(p, r, known);
    }
    plan_probe_raise(p);
    p->fixed_bytes += r->candidates * CANDIDATE_BYTES;
    if (r->options->predictor.head != HEAD_LINEAR)
        plan_process_add_bytes(p, r->options->predictor.width, known);
}

static enum status probe(struct plan_job *j, const struct space *s, const struct predictor *like,
                         struct round *r)
{
    const struct search_options *o = r->options;
    struct arena arena;
    struct graph *graphs = calloc(PROBE_GRAPHS, sizeof(*graphs));
    double *labels = malloc(PROBE_GRAPHS * sizeof(*labels));
    struct rng random;
    enum status st = graphs && labels ? SIBYL_OK : err_memory("a plan");
    arena_init(&arena);
    rng_init(&random, o->seed, RNG_TEST, 0);
    for (size_t i = 0; i < PROBE_GRAPHS && !st; i++) labels[i] = rng_normal(&random);
    if (!st) st = random_networks(s, o, &arena, graphs);
    struct plan_probe p = {.self = j->run->team,
                           .like = like,
                           .options = &o->training,
                           .graphs = graphs,
                           .labels = labels,
                           .count = PROBE_GRAPHS,
                           .threads = j->run->threads};
    if (!st) st = plan_probe_training(&p, (uint32_t)r->rows, &j->plan);
    if (!st) st = plan_probe_scoring(&p, PRECISION_FLOAT32, &r->graph_s);
    free(graphs);
    free(labels);
    arena_release(&arena);
    return st;
}

/* How many attributes the nodes of a space's networks have: of one of them, as of all. */
static enum status count_attributes(const struct space *s, uint32_t *out)
{
    struct graph raw;
    struct arena arena;
    struct rng r;
    rng_init(&r, 0, RNG_SAMPLE, 0);
    arena_init(&arena);
    uint16_t *g = space_genes(s, &arena);
    enum status st = g ? SIBYL_OK : SIBYL_E_MEM;
    if (g) s->sample(s, &r, g);
    if (!st) st = s->graph(s, g, &raw, &arena);
    *out = st ? 0 : raw.attributes;
    arena_release(&arena);
    return st;
}

/* All rounds of the predictor, for `all` evaluations in a space of `networks`. */
static enum status plan_rounds(struct plan_job *j, const struct space *s, double all,
                               double networks)
{
    const struct search_options *o = &j->run->config.values->search.options;
    struct predictor like = {0};
    struct round r = {.options = o,
                      .surrogates = count_surrogates(&o->objectives),
                      .rows = fmin(all, o->training.batch)};
    r.candidates = s->strings > SEARCH_ENUMERATE_MAX ? o->candidates : networks;
    struct predictor_options form = o->predictor;
    uint32_t attributes = 0;
    enum status st = count_attributes(s, &attributes);
    attributes_init(&form.attributes, attributes);
    if (!st) st = predictor_init(&like, &form, &s->vocabulary, "value");
    if (!st) st = probe(j, s, &like, &r);
    if (!st && o->predictor.head != HEAD_LINEAR)
        st = plan_process_measure(&r.process, j->run->team, (size_t)all, o->predictor.width);
    if (!st) add_rounds(&j->plan, &r);
    predictor_release(&like);
    return st;
}

static void sum_up(struct plan_job *j, const struct space *s, double all,
                   const struct search_roles *roles)
{
    const struct config_values *v = j->run->config.values;
    const struct plan_evaluations *e = &j->plan.evaluations;
    char rounds[64] = "";
    if (!roles->free)
        snprintf(rounds, sizeof(rounds), " in %.0f rounds of %.0f",
                 e->rounds + (e->rest > 0) + (e->initial > 0), e->batch);
    snprintf(j->summary, sizeof(j->summary), "%s: at most %.0f evaluations by %s%s, %s", s->name,
             all, algorithm_name(e->options->algorithm), rounds,
             j->each_s > 0 ? "each as long as --evaluation-time says"
             : v->evaluator.kind == EVALUATOR_TABLE
                 ? "from a table"
                 : "whose own time is left out: give one's with --evaluation-time S");
}

uint32_t plan_search_ranks(const struct plan_job *j)
{
    const struct search_options *o = &j->run->config.values->search.options;
    return o->ranks_evaluate && o->ranks_train ? o->ranks_evaluate + o->ranks_train : 0;
}

void plan_search_roles(struct plan_job *j)
{
    const struct plan_evaluations *e = &j->plan.evaluations;
    uint32_t ranks = (uint32_t)j->run->options->ranks;
    struct search_roles roles;
    if (e->options && !j->tasks.count && !search_roles_of(e->options, e->program, ranks, &roles))
        search_roles_text(j->roles, sizeof(j->roles), &roles, e->options, ranks);
}

enum status plan_search(struct plan_job *j)
{
    const struct config_values *v = j->run->config.values;
    const struct search_options *o = &v->search.options;
    struct space *s = NULL;
    struct evaluator evaluator = {0};
    struct search_roles roles;
    double networks = 0;
    if (v->evaluator.kind == EVALUATOR_ASK)
        return err_set(SIBYL_E_USAGE,
                       "%s: evaluator.kind is ask, so there is nothing that sibyl search could run",
                       j->run->job_file);
    enum status st = search_parts_open(j->run, &(struct search_slot){0, 1}, &s, &evaluator);
    uint32_t ranks = (uint32_t)j->run->options->ranks;
    if (!ranks) ranks = plan_search_ranks(j);
    if (!st) st = search_parts_roles(j->run, ranks ? ranks : RANKS_USUAL, &roles);
    if (!st) st = count_networks(s, &networks);
    if (st) goto done;
    bool table = v->evaluator.kind == EVALUATOR_TABLE;
    double all = o->evaluations ? fmin((double)o->evaluations, networks) : networks;
    double initial = o->algorithm == ALGORITHM_PREDICTOR ? fmin(search_options_initial(o), all) : 0;
    double batch = search_options_batch(o, table);
    double whole = floor((all - initial) / batch), rest = all - initial - whole * batch;
    j->plan.evaluations =
        (struct plan_evaluations){initial, whole, batch, rest, j->each_s, o, !table};
    j->plan.serial_s = (whole + (rest > 0)) * ROUND_S;
    j->runs_program = v->evaluator.kind == EVALUATOR_COMMAND;
    if (o->algorithm == ALGORITHM_PREDICTOR) st = plan_rounds(j, s, all, networks);
    plan_probe_raise(&j->plan);
    if (!st) sum_up(j, s, all, &roles);
done:
    if (evaluator.release) evaluator_release(&evaluator);
    space_free(s);
    return st;
}
