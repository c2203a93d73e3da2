#include "jobs/plan_jobs.h"

#include "base/hashset.h"
#include "base/rng.h"
#include "jobs/plan_probe.h"
#include "jobs/search_parts.h"
#include "proto/canon.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PROBE_GRAPHS 512
#define CANDIDATE_S 7e-6     /* of rank 0 alone: to pack a candidate for the others */
#define CANDIDATE_BYTES 14e3 /* as a graph, in a message, and as a graph that came in one */
#define ROUND_S 3e-3         /* of rank 0 alone: to breed, to choose, and the journal on the disk */

static enum status random_networks(const struct space *s, const struct search_options *o,
                                   struct arena *arena, struct graph *graphs)
{
    struct rng r;
    enum status st = SIBYL_OK;
    rng_init(&r, o->seed, RNG_SAMPLE, 0);
    for (size_t i = 0; i < PROBE_GRAPHS && !st; i++) {
        struct genome g = {{0}};
        struct graph raw;
        s->sample(s, &r, &g);
        st = s->graph(s, &g, &raw, arena);
        if (!st)
            st = graph_in_form(&graphs[i], arena, &raw, &s->vocabulary, o->predictor.graph_form);
    }
    return st;
}

/* How many networks a round scores: of a small space all. */
static enum status count_candidates(const struct search_options *o, const struct space *s,
                                    double *out)
{
    struct hashset seen = {0};
    enum status st = SIBYL_OK;
    *out = o->candidates;
    if (s->strings > SEARCH_ENUMERATE_MAX) return SIBYL_OK;
    for (uint64_t i = 0; i < s->strings && !st; i++) {
        struct genome g = {{0}};
        struct hash128 hash;
        s->at(s, i, &g);
        if (!s->valid(s, &g)) continue;
        st = space_hash(s, &g, &hash);
        if (!st) st = hashset_add(&seen, hash, 0, NULL);
    }
    *out = (double)seen.count;
    hashset_release(&seen);
    return st;
}

/* Rounds of the predictor: each trains on all that is known by then, and scores candidates. */
static void fill_rounds(struct plan *p, const struct search_options *o, double rows,
                        double candidates, double graph_s)
{
    struct plan_training *t = &p->training;
    double nets = o->predictor.members;
    double rounds = p->evaluations.rounds + (p->evaluations.rest > 0);
    for (double k = 0; k < rounds; k++) {
        double known = p->evaluations.initial + k * p->evaluations.batch;
        double epochs = nets * o->training.epochs;
        t->steps += epochs * ceil(known / o->training.batch);
        t->batches += epochs * known / rows;
    }
    p->divided_s += rounds * candidates * graph_s;
    p->serial_s += rounds * candidates * CANDIDATE_S;
    plan_probe_raise(p);
    p->fixed_bytes += candidates * CANDIDATE_BYTES;
}

static enum status probe(struct plan_job *j, const struct space *s, const struct predictor *like)
{
    const struct search_options *o = &j->run->config.values->search.options;
    const struct plan_evaluations *e = &j->plan.evaluations;
    struct arena arena;
    double graph_s = 0, candidates = 0;
    struct graph *graphs = calloc(PROBE_GRAPHS, sizeof(*graphs));
    double *labels = malloc(PROBE_GRAPHS * sizeof(*labels));
    struct rng r;
    enum status st = graphs && labels ? SIBYL_OK : err_memory("a plan");
    arena_init(&arena);
    rng_init(&r, o->seed, RNG_TEST, 0);
    for (size_t i = 0; i < PROBE_GRAPHS && !st; i++) labels[i] = rng_normal(&r);
    if (!st) st = random_networks(s, o, &arena, graphs);
    struct plan_probe p = {.self = j->run->team,
                           .like = like,
                           .options = &o->training,
                           .graphs = graphs,
                           .labels = labels,
                           .count = PROBE_GRAPHS,
                           .threads = j->run->threads};
    double all = e->initial + e->rounds * e->batch + e->rest, rows = fmin(all, o->training.batch);
    if (!st) st = plan_probe_training(&p, (uint32_t)rows, &j->plan);
    if (!st) st = plan_probe_scoring(&p, PRECISION_FLOAT32, &graph_s);
    if (!st) st = count_candidates(o, s, &candidates);
    if (!st) fill_rounds(&j->plan, o, rows, candidates, graph_s);
    free(graphs);
    free(labels);
    arena_release(&arena);
    return st;
}

enum status plan_search(struct plan_job *j)
{
    const struct config_values *v = j->run->config.values;
    const struct search_options *o = &v->search.options;
    struct space *s = NULL;
    struct evaluator evaluator = {0};
    struct predictor like = {0};
    enum status st = search_parts_open(j->run, &s, &evaluator);
    if (st) goto done;
    double all = o->evaluations ? (double)o->evaluations : (double)s->strings;
    double initial = o->algorithm == ALGORITHM_PREDICTOR ? fmin(o->initial, all) : 0;
    double batch = search_options_batch(o, v->evaluator.kind == EVALUATOR_TABLE);
    double whole = floor((all - initial) / batch), rest = all - initial - whole * batch;
    double rounds = whole + (rest > 0);
    j->plan.evaluations =
        (struct plan_evaluations){initial, whole, batch, rest, j->each_s, o->coordinator_shared};
    j->plan.serial_s = rounds * ROUND_S;
    j->runs_program = v->evaluator.kind == EVALUATOR_COMMAND;
    if (o->algorithm == ALGORITHM_PREDICTOR) {
        st = predictor_init(&like, &o->predictor, &s->vocabulary, "value");
        if (!st) st = probe(j, s, &like);
        predictor_release(&like);
    }
    plan_probe_raise(&j->plan);
    snprintf(j->summary, sizeof(j->summary),
             "%s: at most %.0f evaluations by %s in %.0f rounds of %.0f, %s", s->name, all,
             algorithm_name(o->algorithm), rounds + (initial > 0), batch,
             j->each_s > 0 ? "each as long as --evaluation-time says"
             : v->evaluator.kind == EVALUATOR_TABLE
                 ? "from a table"
                 : "whose own time is left out: give one's with --evaluation-time S");
done:
    if (evaluator.release) evaluator_release(&evaluator);
    space_free(s);
    return st;
}
