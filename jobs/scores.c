#include "jobs/scores.h"

#include "base/rng.h"
#include "predictor/gp_head.h"
#include "proto/canon.h"
#include "search/hashset.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 16384                    /* networks scored at a time: bounds the memory for graphs */
#define POINTS_MAX (UINT64_C(1) << 31) /* of a space that is gone through whole */

enum status scores_reserve(struct scores *s, size_t count)
{
    if (count <= s->capacity && s->capacity) return SIBYL_OK;
    size_t capacity = s->capacity ? s->capacity : 1024;
    while (capacity < count) capacity *= 2;
    uint64_t *indexes = realloc(s->indexes, capacity * sizeof(*indexes));
    if (indexes) s->indexes = indexes;
    double *values = realloc(s->values, capacity * sizeof(*values));
    if (values) s->values = values;
    double *deviations = realloc(s->deviations, capacity * sizeof(*deviations));
    if (deviations) s->deviations = deviations;
    if (!indexes || !values || !deviations) return err_memory("scores");
    s->capacity = capacity;
    return SIBYL_OK;
}

void scores_release(struct scores *s)
{
    free(s->indexes);
    free(s->values);
    free(s->deviations);
    *s = (struct scores){0};
}

void scores_point(const struct space *s, uint64_t sample, uint64_t seed, uint64_t index,
                  struct genome *out)
{
    if (!sample) {
        s->at(s, index, out);
        return;
    }
    struct rng r;
    rng_init(&r, seed, RNG_SAMPLE, index);
    s->sample(s, &r, out);
}

struct walk {
    const struct scores_job *job;
    struct scores *out;
    struct hashset seen; /* keys of the networks so far */
    struct arena kept, scratch;
    struct graph graphs[BLOCK];
    size_t filled;
    uint64_t next, points;
};

static enum status take_point(struct walk *w, uint64_t index)
{
    const struct scores_job *job = w->job;
    struct genome g = {{0}};
    struct graph raw, formed;
    bool is_new = true;
    scores_point(job->space, job->sample, job->seed, index, &g);
    if (!job->space->valid(job->space, &g)) return SIBYL_OK;
    arena_reset(&w->scratch);
    enum status st = job->space->graph(job->space, &g, &raw, &w->scratch);
    if (!st)
        st = graph_in_form(&formed, &w->scratch, &raw, &job->space->vocabulary,
                           job->predictor->options.graph_form);
    if (st) return st;
    w->out->architectures++;
    st = hashset_add(&w->seen, graph_hash(&formed), 0, &is_new);
    if (st || (job->deduplicate && !is_new)) return st;
    st = scores_reserve(w->out, w->out->count + 1);
    if (!st) st = graph_copy(&w->graphs[w->filled], &w->kept, &formed);
    if (st) return st;
    w->filled++;
    w->out->indexes[w->out->count++] = index;
    return SIBYL_OK;
}

/* Up to BLOCK more networks. Local, the same on all ranks. */
static enum status fill(struct walk *w)
{
    enum status st = SIBYL_OK;
    w->filled = 0;
    arena_reset(&w->kept);
    while (!st && w->filled < BLOCK && w->next < w->points) {
        uint64_t index = w->next++;
        st = take_point(w, index);
        if (st) err_prefix(st, "point %" PRIu64 " of %s", index, w->job->space->name);
    }
    return st;
}

enum status scores_of_space(struct team *t, const struct scores_job *job, struct scores *out)
{
    enum status st = SIBYL_OK;
    struct gp_head *head = NULL;
    struct scorer *scorer = NULL; /* made when the first graphs are there */
    struct walk *w = calloc(1, sizeof(*w));
    if (!w)
        st = err_memory("scores");
    else if (!job->sample && job->space->strings > POINTS_MAX)
        st = err_set(SIBYL_E_USAGE,
                     "input.space: %s has %" PRIu64
                     " points, too many to go through; set input.sample",
                     job->space->name, job->space->strings);
    st = team_agree(t, st);
    if (!st) st = gp_head_new(&head, t, job->predictor, job->threads);
    if (st || !w) goto done;
    w->job = job;
    w->out = out;
    w->points = job->sample ? job->sample : job->space->strings;
    arena_init(&w->kept);
    arena_init(&w->scratch);
    while (w->next < w->points) {
        st = team_agree(t, fill(w));
        if (!st && !scorer)
            st = precision_scorer(&scorer, &out->precision, t, job->predictor, job->precision,
                                  job->threads, w->graphs, w->filled, job->log);
        if (!st && w->filled)
            st = gp_head_score(t, head, scorer, w->graphs, NULL, w->filled,
                               out->values + out->count - w->filled,
                               head ? out->deviations + out->count - w->filled : NULL, NULL);
        if (st) break;
        log_detail(job->log, "scored %" PRIu64 "/%" PRIu64 " points", w->next, w->points);
    }
    out->distinct = w->seen.count;
    arena_release(&w->kept);
    arena_release(&w->scratch);
    hashset_release(&w->seen);
    scorer_free(scorer);
done:
    gp_head_free(head);
    free(w);
    return st;
}

/* ---- the best ---- */

struct entry {
    double value;
    size_t position;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    double u = isnan(x->value) ? -INFINITY : x->value, v = isnan(y->value) ? -INFINITY : y->value;
    if (u != v) return u > v ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

enum status scores_top(const struct scores *s, uint64_t most, size_t **out_order, size_t *out_count)
{
    size_t count = most < s->count ? (size_t)most : s->count;
    struct entry *entries = calloc(s->count + 1, sizeof(*entries));
    size_t *order = calloc(count + 1, sizeof(*order));
    if (!entries || !order) {
        free(entries);
        free(order);
        return err_memory("the best scores");
    }
    for (size_t i = 0; i < s->count; i++) entries[i] = (struct entry){s->values[i], i};
    qsort(entries, s->count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < count; i++) order[i] = entries[i].position;
    free(entries);
    *out_order = order;
    *out_count = count;
    return SIBYL_OK;
}
