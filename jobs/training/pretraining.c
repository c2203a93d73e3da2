#include "jobs/training/pretraining.h"

#include "base/file.h"
#include "jobs/training/training.h"
#include "predictor/training/network_base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What pre-training runs with: nothing of it depends on the split or the label to predict. */
static struct training_options options_of(const struct config_values *v)
{
    struct training_options o = v->training.options;
    o.epochs = v->training.pretraining;
    o.folds = 0;
    o.transform = TARGET_PLAIN;
    memset(&o.loss, 0, sizeof(o.loss));
    o.loss.l1 = 1; /* of no label; but some loss there must be */
    o.loss.auxiliary = 1;
    return o;
}

uint32_t pretraining_networks(const struct config_values *v, const struct predictor_options *like)
{
    bool fewer = !v->training.from && v->training.bases < like->members;
    return fewer ? v->training.bases : like->members;
}

static struct predictor_options shape_of(const struct config_values *v,
                                         const struct predictor_options *like)
{
    struct predictor_options o = *like;
    o.members = pretraining_networks(v, like);
    o.head = HEAD_LINEAR;
    o.lookup = false;
    return o;
}

bool pretraining_sees_split(const struct config_values *v)
{
    return v->data.feature_count;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool same_texts(char *const *a, uint32_t a_count, char *const *b, uint32_t b_count)
{
    bool same = a_count == b_count;
    for (uint32_t i = 0; same && i < a_count; i++) same = !strcmp(a[i], b[i]);
    return same;
}

/* Which rows scale the features. */
static bool same_rows(const struct config_values *a, const struct config_values *b)
{
    return a->split.train == b->split.train && a->split.seed == b->split.seed &&
           a->split.order == b->split.order && a->data.connected == b->data.connected &&
           same_text(a->data.label, b->data.label);
}

/* (Bytes between the fields may differ: it is taken for another then.) */
static bool same_options(const struct config_values *a, const struct config_values *b)
{
    const struct predictor_options x = shape_of(a, &a->predictor), y = shape_of(b, &b->predictor);
    const struct training_options s = options_of(a), t = options_of(b);
    return !memcmp(&x, &y, sizeof(x)) && !memcmp(&s, &t, sizeof(s));
}

bool pretraining_shared(const struct config_values *a, const struct config_values *b)
{
    const struct config_training *x = &a->training, *y = &b->training;
    return same_text(a->data.file, b->data.file) && same_text(x->from, y->from) &&
           a->effort == b->effort && x->structure == y->structure &&
           same_texts(x->auxiliary, x->auxiliary_count, y->auxiliary, y->auxiliary_count) &&
           same_texts(a->data.features, a->data.feature_count, b->data.features,
                      b->data.feature_count) &&
           (!pretraining_sees_split(a) || same_rows(a, b)) && same_options(a, b);
}

enum status pretraining_check(const struct config_values *v, const struct lessons *lessons)
{
    if (!v->training.pretraining || lessons->outputs > 1) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE, "training.pretraining: there is nothing to learn; set "
                                  "training.structure or training.auxiliary");
}

/* graphs, for all ranks, and labels of the first row of each network, without labels to predict:
 * memory of `arena`. Collective. */
static enum status gather(const struct networks *n, const struct lessons *l, struct arena *arena,
                          struct training_set *out)
{
    struct distinct_rows d = {0};
    struct graph *graphs = NULL;
    double *labels = NULL;
    enum status st = networks_distinct(&d, n, NULL, n->count);
    if (!st) {
        graphs = arena_calloc(arena, d.count + 1, sizeof(*graphs));
        labels = arena_calloc(arena, d.count * l->outputs + 1, sizeof(*labels));
        if (!graphs || !labels) st = err_memory("the networks to pre-train on");
    }
    st = team_agree(n->team, st);
    for (size_t i = 0; i < d.count && !st; i++) {
        double *row = labels + i * l->outputs;
        memcpy(row, l->labels + d.rows[i] * l->outputs, l->outputs * sizeof(*row));
        row[0] = NAN;
    }
    if (!st) st = networks_share(n, d.rows, d.count, arena, graphs);
    *out = (struct training_set){graphs, labels, d.count};
    distinct_rows_release(&d);
    return st;
}

/* A predictor of what pre-training makes, with weights of zero. Local. */
static enum status init(struct predictor *p, const struct training *j)
{
    const struct predictor *like = &j->predictor;
    const struct predictor_options shape = shape_of(j->in.values, &like->options);
    enum status st = predictor_init(p, &shape, &like->vocabulary, NETWORK_BASE_LABEL);
    return st ? st : predictor_set_features(p, &like->features);
}

/* The digest that all ranks know. Collective. */
static enum status find_digest(struct team *t, const struct predictor *p,
                               const struct network_base_request *q, char *out)
{
    enum status st = team_rank(t) == 0 ? network_base_digest(p, q, out) : SIBYL_OK;
    st = team_agree(t, st);
    if (!st) team_broadcast(t, 0, out, HASH128_TEXT_BYTES);
    return st;
}

/* Where jobs keep and find bases if the job file does not say. The caller's to free(); NULL:
 * nowhere.
 */
static char *cache_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && *cache == '/') return file_join(cache, "sibyl");
    return home && *home == '/' ? file_join(home, ".cache/sibyl") : NULL;
}

/* The folders that the job keeps bases in, into `q`: memory of `arena`. */
static enum status find_folders(const struct training *j, struct arena *arena,
                                struct network_base_request *q)
{
    const struct config_training *c = &j->in.values->training;
    if (!j->in.run_folder) return SIBYL_OK;
    char *own = file_join(j->in.run_folder, "bases");
    char *shared = c->base ? strdup(c->base) : cache_folder();
    q->own = own ? arena_strdup(arena, own) : NULL;
    q->shared = shared ? arena_strdup(arena, shared) : NULL;
    q->shared_named = c->base;
    bool whole = q->own && (q->shared || !shared) && (shared || !c->base);
    free(own);
    free(shared);
    return whole ? SIBYL_OK : err_memory("the folders of bases");
}

enum status pretraining_make(struct pretraining *p, const struct training *j,
                             const struct predictor *from)
{
    const struct training_inputs *in = &j->in;
    const struct training_options options = options_of(in->values);
    struct pretraining wanted = {0};
    struct training_set set = {0};
    struct arena arena;
    char digest[HASH128_TEXT_BYTES] = "";
    arena_init(&arena);
    enum status st = gather(j->networks, &j->lessons, &arena, &set);
    if (!st) st = team_agree(in->team, init(&wanted.predictor, j));
    struct network_base_request q = {.set = &set,
                                     .options = &options,
                                     .from = from,
                                     .one_maker = in->one_maker,
                                     .threads = in->threads,
                                     .log = in->log,
                                     .stop_asked = in->stop_asked,
                                     .context = in->context};
    if (!st) st = team_agree(in->team, find_folders(j, &arena, &q));
    if (!st) st = find_digest(in->team, &wanted.predictor, &q, digest);
    bool other = strcmp(p->predictor.base, digest) != 0;
    p->found = !other;
    if (!st && other) /* the same on all ranks: they have made all they have together */
        st = network_base_obtain(in->team, &wanted.predictor, &q, digest, &wanted.found);
    if (!st && other) {
        pretraining_release(p);
        *p = wanted;
    } else {
        pretraining_release(&wanted);
    }
    arena_release(&arena);
    return st;
}

void pretraining_release(struct pretraining *p)
{
    predictor_release(&p->predictor);
    *p = (struct pretraining){0};
}
