#include "search/algorithms/surrogate.h"

#include "predictor/scoring/scorer.h"
#include "predictor/training/gp_head.h"
#include "predictor/training/trainer.h"
#include "proto/graph/codec.h"
#include "search/algorithms/surrogate_plan.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_ROWS 128 /* scored between two looks */

/* A stage as every rank sees it: a training, and behind the last one what it is for. */
struct surrogate {
    struct arena arena;
    struct graph *graphs; /* training ones, then candidates */
    double *labels;
    size_t trained, scored;
    uint64_t seed;
    uint32_t from, keep; /* places in the memory, and one; 0: none */
    uint32_t epochs;
    bool more; /* another stage follows */
};

static enum status stage_pack(const struct surrogate_request *q, const struct surrogate_stage *s,
                              unsigned char **out, size_t *out_bytes)
{
    struct arena arena;
    Sibyl__ModelStage stage = SIBYL__MODEL_STAGE__INIT;
    size_t count = s->count + (s->more ? 0 : q->scored);
    enum status st = SIBYL_E_MEM;
    arena_init(&arena);
    Sibyl__GraphMessage *messages = arena_calloc(&arena, count, sizeof(*messages));
    Sibyl__GraphMessage **list = arena_calloc(&arena, count, sizeof(*list));
    double *labels = arena_calloc(&arena, s->count, sizeof(*labels));
    if (!messages || !list || !labels) goto done;
    for (size_t i = 0; i < count; i++) {
        const struct graph *g =
            i < s->count ? &q->training[s->rows[i]] : &q->candidates[i - s->count];
        if (i < s->count) labels[i] = q->labels[s->rows[i]];
        list[i] = &messages[i];
        st = codec_graph_to_message(&messages[i], &arena, g);
        if (st) goto done;
    }
    stage.seed = s->seed;
    stage.graphs = list;
    stage.n_graphs = count;
    stage.labels = labels;
    stage.n_labels = s->count;
    stage.from = s->from;
    stage.keep = s->keep;
    stage.epochs = s->epochs;
    stage.more = s->more;
    st = codec_pack(&stage.base, "the networks to score", out, out_bytes);
done:
    arena_release(&arena);
    return st;
}

static enum status stage_unpack(struct surrogate *s, const struct search_run *run, const void *data,
                                size_t bytes)
{
    enum status st = SIBYL_OK;
    Sibyl__ModelStage *m = sibyl__model_stage__unpack(NULL, bytes, data);
    if (!m || m->n_labels < 1 || m->n_labels > m->n_graphs || m->from > SURROGATE_KEPT ||
        m->keep > SURROGATE_KEPT) {
        st = err_set(SIBYL_E_FORMAT, "the networks to score came damaged from rank 0");
        goto done;
    }
    s->seed = m->seed;
    s->trained = m->n_labels;
    s->scored = m->n_graphs - m->n_labels;
    s->from = m->from;
    s->keep = m->keep;
    s->epochs = m->epochs;
    s->more = m->more;
    s->graphs = arena_calloc(&s->arena, m->n_graphs, sizeof(*s->graphs));
    s->labels = arena_calloc(&s->arena, s->trained, sizeof(*s->labels));
    if (!s->graphs || !s->labels) {
        st = SIBYL_E_MEM;
        goto done;
    }
    memcpy(s->labels, m->labels, s->trained * sizeof(*s->labels));
    for (size_t i = 0; i < m->n_graphs && !st; i++)
        st = codec_graph_from_message(&s->graphs[i], &s->arena, m->graphs[i],
                                      run->space->vocabulary.count);
done:
    if (m) sibyl__model_stage__free_unpacked(m, NULL);
    return st;
}

static enum status surrogate_train(struct team *t, const struct search_run *run,
                                   const struct surrogate *s, const struct predictor *from,
                                   struct predictor *p)
{
    struct training_options options = run->options->training;
    struct log quiet = {.level = LOG_QUIET, .rank = run->log ? run->log->rank : 0};
    struct trainer_result result = {0};
    options.epochs = s->epochs;
    if (options.batch > s->trained) options.batch = (uint32_t)s->trained;
    if (options.shards > options.batch) options.shards = options.batch;
    if (options.folds > s->trained) options.folds = s->trained < 2 ? 0 : (uint32_t)s->trained;
    struct training_set set = {s->graphs, s->labels, s->trained};
    struct trainer_run training = {.options = &options,
                                   .seed = s->seed,
                                   .from = from,
                                   .threads = run->threads,
                                   .job_digest = run->job_digest,
                                   .log = &quiet,
                                   .stop_asked = run->stop_asked,
                                   .look_s = run->look_s,
                                   .context = run->context};
    enum status st = trainer_run(t, p, &set, &training, &result);
    return st ? st : gp_head_fit(t, true, p, &set, &training);
}

/* All candidates; where the caller wants to look after others meanwhile, a part at a time. No bit
 * depends on it. `all`: (scored) values, then deviations. */
static enum status surrogate_predict(struct team *t, const struct search_run *run,
                                     const struct surrogate *s, struct gp_head *head,
                                     struct scorer *scorer, double *all)
{
    size_t part = run->look_s > 0 ? LOOK_ROWS : s->scored;
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < s->scored && !st; i += part) {
        size_t count = s->scored - i < part ? s->scored - i : part;
        st = gp_head_score(t, head, scorer, s->graphs + s->trained + i, NULL, count, all + i,
                           all + s->scored + i, NULL);
        if (run->look_s > 0 && run->stop_asked) (void)run->stop_asked(run->context);
    }
    return st;
}

/* Fills in what rank 0 asked for. */
static enum status surrogate_say(struct team *t, const struct search_run *run,
                                 const struct surrogate *s, const struct predictor *p,
                                 struct surrogate_request *request)
{
    struct scorer *scorer = NULL;
    struct gp_head *head = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, run->threads};
    double *all = calloc(2 * s->scored + 1, sizeof(*all)); /* values, then deviations */
    enum status st = team_agree(t, all ? SIBYL_OK : err_memory("scores"));
    if (!st) st = team_agree(t, scorer_new(&scorer, p, &options));
    if (!st) st = gp_head_new(&head, t, true, p, run->threads);
    if (!st) st = surrogate_predict(t, run, s, head, scorer, all);
    gp_head_free(head);
    scorer_free(scorer);
    if (!st && request) {
        memcpy(request->values, all, s->scored * sizeof(*all));
        memcpy(request->deviations, all + s->scored, s->scored * sizeof(*all));
    }
    free(all);
    return st;
}

static enum status surrogate_work(struct team *t, const struct search_run *run,
                                  struct surrogate_memory *memory, const struct surrogate *s,
                                  struct surrogate_request *request)
{
    struct predictor p = {0};
    struct predictor_options form = run->options->predictor;
    const struct predictor *from = s->from ? surrogate_kept(memory, s->from - 1) : run->from;
    attributes_init(&form.attributes, s->graphs[0].attributes); /* those of all of the space */
    enum status st = predictor_init(&p, &form, &run->space->vocabulary, "value");
    bool made = !st;
    if (!st && from && from->options.attributes.count != form.attributes.count)
        st = err_set(SIBYL_E_USAGE,
                     "training.from: the nodes of its networks have %u attributes, and those of "
                     "this space %u",
                     from->options.attributes.count, form.attributes.count);
    st = team_agree(t, st);
    if (!st) st = surrogate_train(t, run, s, from, &p);
    if (!st && !s->more) st = surrogate_say(t, run, s, &p, request);
    if (!st && s->keep)
        surrogate_keep(memory, s->keep - 1, &p);
    else if (made)
        predictor_release(&p);
    return st;
}

/* One stage of a plan that rank 0 has. */
static enum status surrogate_stage(struct team *t, const struct search_run *run,
                                   struct surrogate_memory *memory, struct surrogate_plan *plan,
                                   bool *more)
{
    unsigned char *packed = NULL;
    size_t bytes = 0;
    struct surrogate s = {0};
    struct surrogate_stage stage = {0};
    arena_init(&s.arena);
    enum status st = plan ? surrogate_plan_next(plan, &stage) : SIBYL_OK;
    if (!st && plan) st = stage_pack(plan->request, &stage, &packed, &bytes);
    void *data = packed;
    st = team_agree(t, st);
    if (!st) st = team_broadcast_buffer(t, 0, &data, &bytes);
    if (st) goto done;
    st = team_agree(t, stage_unpack(&s, run, data, bytes));
    if (!st) st = surrogate_work(t, run, memory, &s, plan ? plan->request : NULL);
    if (!st && plan) surrogate_plan_done(plan, &stage);
    *more = s.more;
done:
    free(stage.rows);
    free(data);
    arena_release(&s.arena);
    return st;
}

enum status surrogate_score(struct team *t, const struct search_run *run,
                            struct surrogate_request *request)
{
    struct surrogate_memory *own = NULL;
    struct surrogate_plan plan = {0};
    bool more = true;
    enum status st = run->memory ? SIBYL_OK : surrogate_memory_new(&own);
    struct surrogate_memory *memory = run->memory ? run->memory : own;
    if (!st && request) st = surrogate_plan_make(&plan, run, memory, request);
    st = team_agree(t, st);
    while (!st && more) st = surrogate_stage(t, run, memory, request ? &plan : NULL, &more);
    surrogate_plan_release(&plan);
    surrogate_memory_free(own);
    return st;
}
