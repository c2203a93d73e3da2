#include "search/evaluators/forecast.h"

#include "base/hashset.h"
#include "base/rng.h"
#include "comm/team.h"
#include "predictor/training/gp_head.h"
#include "proto/graph/canon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCORER_THREADS 1 /* it scores one network at a time */

struct forecaster { /* of one value */
    uint32_t value; /* its number */
    struct predictor predictor;
    bool read;
    struct scorer *scorer;
    struct gp_head *head; /* NULL: it has none */
    uint16_t *op_of;      /* (operations of the space) those of the predictor; owned */
};

struct forecast {
    const struct objectives *objectives;
    const struct space *space;
    struct team *self;
    struct forecaster list[OBJECTIVE_VALUES_MAX];
    uint32_t count;
    char content[HASH128_TEXT_BYTES];
    struct hashset known; /* canonical hash -> place in `said` */
    double *said;         /* (known.count, count) */
    size_t capacity;
    struct arena scratch;
};

void forecast_close(struct forecast *f)
{
    if (!f) return;
    for (uint32_t i = 0; i < f->count; i++) {
        struct forecaster *one = &f->list[i];
        gp_head_free(one->head);
        scorer_free(one->scorer);
        if (one->read) predictor_release(&one->predictor);
        free(one->op_of);
    }
    team_release(f->self);
    hashset_release(&f->known);
    arena_release(&f->scratch);
    free(f->said);
    free(f);
}

const char *forecast_content(const struct forecast *f)
{
    return f->content;
}

/* ---- opening ---- */

/* Operations by name; a predictor may know more than the space has. */
static enum status match_operations(struct forecaster *one, const struct space *s, const char *file)
{
    const struct vocabulary *have = &s->vocabulary;
    one->op_of = calloc(have->count + 1, sizeof(*one->op_of));
    if (!one->op_of) return err_memory("a predictor");
    for (uint32_t i = 0; i < have->count; i++) {
        int op = vocabulary_find(&one->predictor.vocabulary, have->names[i]);
        if (op < 0)
            return err_set(SIBYL_E_USAGE,
                           "predicted: %s was trained on networks without the operation %s of %s",
                           file, have->names[i], s->name);
        one->op_of[i] = (uint16_t)op;
    }
    return SIBYL_OK;
}

/* What a search knows of a network is its graph. */
static enum status refuse_features(const struct predictor *p, const char *value, const char *file)
{
    char names[200] = "";
    size_t at = 0;
    for (uint32_t i = 0; i < p->features.count && at < sizeof(names); i++) {
        int wrote = snprintf(names + at, sizeof(names) - at, "%s%s", i ? ", " : "",
                             p->features.list[i].name);
        at += wrote > 0 ? (size_t)wrote : 0;
    }
    if (p->features.count == 0) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE,
                   "predicted: %s, which is to give %s, was trained with data.features (%s), and "
                   "networks that a search makes up do not have them; train one without "
                   "data.features",
                   file, value, names);
}

/* As many numbers of a node as the space has. */
static enum status match_attributes(struct forecast *f, const struct forecaster *one,
                                    const char *file)
{
    struct rng rng;
    struct graph g;
    uint16_t *genes = space_genes(f->space, &f->scratch);
    if (!genes) return SIBYL_E_MEM;
    rng_init(&rng, 0, RNG_SEARCH, 0);
    f->space->sample(f->space, &rng, genes);
    enum status st = f->space->graph(f->space, genes, &g, &f->scratch);
    uint32_t want = one->predictor.options.attributes.count;
    if (st || want == g.attributes) return st;
    return err_set(SIBYL_E_USAGE,
                   "predicted: %s, which is to give %s, was trained on nodes with %u attributes, "
                   "and those of %s have %u",
                   file, f->objectives->names[one->value], want, f->space->name, g.attributes);
}

static enum status open_one(struct forecast *f, struct forecaster *one, const char *file)
{
    struct scorer_options options = {PRECISION_FLOAT32, SCORER_THREADS};
    enum status st = predictor_read(&one->predictor, file);
    if (st) return err_prefix(SIBYL_E_USAGE, "predicted");
    one->read = true;
    st = refuse_features(&one->predictor, f->objectives->names[one->value], file);
    if (!st) st = match_operations(one, f->space, file);
    if (!st) st = match_attributes(f, one, file);
    if (!st) st = scorer_new(&one->scorer, &one->predictor, &options);
    return st ? st : gp_head_new(&one->head, f->self, true, &one->predictor, SCORER_THREADS);
}

static enum status add_content(struct forecast *f)
{
    char all[OBJECTIVE_VALUES_MAX * SHA256_TEXT_BYTES] = "";
    size_t bytes = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        enum status st = predictor_sha256(&f->list[i].predictor, all + bytes);
        if (st) return st;
        bytes += strlen(all + bytes);
    }
    hash128_text(digest_xxh128(all, bytes), f->content);
    return SIBYL_OK;
}

enum status forecast_open(struct forecast **out, const struct forecast_options *o)
{
    struct forecast *f = calloc(1, sizeof(*f));
    if (!f) return err_memory("predicted values");
    f->objectives = o->objectives;
    f->space = o->space;
    arena_init(&f->scratch);
    enum status st = team_self(&f->self);
    for (uint32_t i = 0; i < o->count && !st; i++) {
        f->count = i + 1;
        f->list[i].value = objectives_find(o->objectives, o->values[i]);
        SIBYL_BUG_IF(f->list[i].value == UINT32_MAX);
        st = open_one(f, &f->list[i], o->files[i]);
    }
    if (!st) st = add_content(f);
    if (st)
        forecast_close(f);
    else
        *out = f;
    return st;
}

/* ---- saying ---- */

/* The network as a predictor sees it. */
static enum status view(struct forecast *f, const struct forecaster *one, const struct graph *raw,
                        struct graph *out)
{
    struct graph named = *raw;
    named.ops = arena_alloc(&f->scratch, raw->nodes * sizeof(*named.ops));
    if (!named.ops) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < raw->nodes; i++) named.ops[i] = one->op_of[raw->ops[i]];
    const struct predictor_options *o = &one->predictor.options;
    SIBYL_BUG_IF(o->attributes.count != raw->attributes);
    return graph_in_form(out, &f->scratch, &named, &one->predictor.vocabulary, o->graph_form);
}

static enum status say(struct forecast *f, const struct candidate *c, double *said)
{
    struct graph raw;
    arena_reset(&f->scratch);
    enum status st = f->space->graph(f->space, c->genes, &raw, &f->scratch);
    for (uint32_t i = 0; i < f->count && !st; i++) {
        const struct forecaster *one = &f->list[i];
        struct graph g;
        st = view(f, one, &raw, &g);
        if (!st)
            st = gp_head_score(f->self, one->head, one->scorer, &g, NULL, 1, &said[i], NULL, NULL);
        if (!st && !isfinite(said[i]))
            st = err_set(SIBYL_E_RANGE, "predicted: what the predictor of %s says is not finite",
                         f->objectives->names[one->value]);
    }
    return st;
}

/* The place of a network in `said`. */
static enum status look_up(struct forecast *f, const struct candidate *c, uint32_t *out)
{
    *out = hashset_find(&f->known, c->hash);
    if (*out != HASHSET_NONE) return SIBYL_OK;
    if (f->known.count == f->capacity) {
        size_t larger = f->capacity ? 2 * f->capacity : 256;
        double *said = realloc(f->said, larger * f->count * sizeof(*said));
        if (!said) return err_memory("predicted values");
        f->said = said;
        f->capacity = larger;
    }
    *out = (uint32_t)f->known.count;
    enum status st = say(f, c, f->said + (size_t)*out * f->count);
    return st ? st : hashset_add(&f->known, c->hash, *out, NULL);
}

enum status forecast_values(struct forecast *f, const struct candidate *c, double *values)
{
    uint32_t at;
    enum status st = look_up(f, c, &at);
    for (uint32_t i = 0; i < f->count && !st; i++)
        values[f->list[i].value] = f->said[(size_t)at * f->count + i];
    return st;
}

enum status forecast_rules_out(struct forecast *f, const struct candidate *c, bool *out)
{
    double values[OBJECTIVE_VALUES_MAX];
    *out = false;
    if (!f) return SIBYL_OK;
    enum status st = forecast_values(f, c, values);
    if (!st) *out = objectives_ruled_out(f->objectives, values);
    return st;
}

/* A new place for a side value, at the end. */
static uint32_t side_place(struct evaluation *e, const char *name)
{
    static const char own[] = "_evaluated";
    uint32_t end = e->extras++;
    for (uint32_t i = 0; i < end; i++) {
        if (strcmp(e->extra_names[i], name) != 0) continue;
        size_t length = strlen(name), most = EVALUATION_NAME_BYTES - sizeof(own);
        if (length > most) length = most;
        memcpy(e->extra_names[i] + length, own, sizeof(own));
    }
    return end;
}

enum status forecast_add(struct forecast *f, const struct candidate *c, struct evaluation *out)
{
    double values[OBJECTIVE_VALUES_MAX];
    const uint32_t most = EVALUATION_EXTRAS_MAX - f->count;
    enum status st = forecast_values(f, c, values);
    if (out->extras > most) out->extras = most; /* those that the job names stand first */
    for (uint32_t i = 0; i < f->count && !st; i++) {
        uint32_t value = f->list[i].value, at = side_place(out, f->objectives->names[value]);
        snprintf(out->extra_names[at], EVALUATION_NAME_BYTES, "%s", f->objectives->names[value]);
        out->extra_values[at] = values[value];
        out->extra_texts[at][0] = '\0';
    }
    return st;
}
