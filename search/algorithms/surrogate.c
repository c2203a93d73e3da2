#include "search/algorithms/surrogate.h"

#include "predictor/scoring/scorer.h"
#include "predictor/training/gp_head.h"
#include "predictor/training/trainer.h"
#include "proto/graph/codec.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_ROWS 128           /* scored between two looks */
#define PROCESS_ALONE_ROWS 4096 /* 128 MiB a rank */

/* The request as every rank sees it. */
struct surrogate {
    struct arena arena;
    struct graph *graphs; /* training ones, then candidates */
    double *labels;
    size_t trained, scored;
    uint64_t seed;
};

static enum status surrogate_pack(const struct surrogate_request *q, unsigned char **out,
                                  size_t *out_bytes)
{
    struct arena arena;
    Sibyl__ScoreBatch batch = SIBYL__SCORE_BATCH__INIT;
    size_t count = q->trained + q->scored;
    enum status st = SIBYL_E_MEM;
    arena_init(&arena);
    Sibyl__GraphMessage *messages = arena_calloc(&arena, count, sizeof(*messages));
    Sibyl__GraphMessage **list = arena_calloc(&arena, count, sizeof(*list));
    if (!messages || !list) goto done;
    for (size_t i = 0; i < count; i++) {
        const struct graph *g = i < q->trained ? &q->training[i] : &q->candidates[i - q->trained];
        list[i] = &messages[i];
        st = codec_graph_to_message(&messages[i], &arena, g);
        if (st) goto done;
    }
    batch.task = q->seed;
    batch.graphs = list;
    batch.n_graphs = count;
    batch.values = (double *)(uintptr_t)q->labels; /* only read */
    batch.n_values = q->trained;
    st = codec_pack(&batch.base, "the networks to score", out, out_bytes);
done:
    arena_release(&arena);
    return st;
}

static enum status surrogate_unpack(struct surrogate *s, const struct search_run *run,
                                    const void *data, size_t bytes)
{
    enum status st = SIBYL_OK;
    Sibyl__ScoreBatch *batch = sibyl__score_batch__unpack(NULL, bytes, data);
    if (!batch || batch->n_values < 1 || batch->n_values >= batch->n_graphs) {
        st = err_set(SIBYL_E_FORMAT, "the networks to score came damaged from rank 0");
        goto done;
    }
    s->seed = batch->task;
    s->trained = batch->n_values;
    s->scored = batch->n_graphs - batch->n_values;
    s->graphs = arena_calloc(&s->arena, batch->n_graphs, sizeof(*s->graphs));
    s->labels = arena_calloc(&s->arena, s->trained, sizeof(*s->labels));
    if (!s->graphs || !s->labels) {
        st = SIBYL_E_MEM;
        goto done;
    }
    memcpy(s->labels, batch->values, s->trained * sizeof(*s->labels));
    for (size_t i = 0; i < batch->n_graphs && !st; i++)
        st = codec_graph_from_message(&s->graphs[i], &s->arena, batch->graphs[i],
                                      run->space->vocabulary.count);
done:
    if (batch) sibyl__score_batch__free_unpacked(batch, NULL);
    return st;
}

static bool process_alone(const struct surrogate *s)
{
    return s->trained <= PROCESS_ALONE_ROWS;
}

static enum status surrogate_train(struct team *t, const struct search_run *run,
                                   const struct surrogate *s, struct predictor *p)
{
    struct training_options options = run->options->training;
    struct log quiet = {.level = LOG_QUIET, .rank = run->log ? run->log->rank : 0};
    struct trainer_result result = {0};
    if (options.batch > s->trained) options.batch = (uint32_t)s->trained;
    if (options.shards > options.batch) options.shards = options.batch;
    if (options.folds > s->trained) options.folds = s->trained < 2 ? 0 : (uint32_t)s->trained;
    struct training_set set = {s->graphs, s->labels, s->trained};
    struct trainer_run training = {.options = &options,
                                   .seed = s->seed,
                                   .from = run->from,
                                   .threads = run->threads,
                                   .job_digest = run->job_digest,
                                   .log = &quiet,
                                   .stop_asked = run->stop_asked,
                                   .look_s = run->look_s,
                                   .context = run->context};
    enum status st = trainer_run(t, p, &set, &training, &result);
    return st ? st : gp_head_fit(t, process_alone(s), p, &set, &training);
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

static enum status surrogate_work(struct team *t, const struct search_run *run,
                                  const struct surrogate *s, struct surrogate_request *request)
{
    struct predictor p = {0};
    struct predictor_options form = run->options->predictor;
    attributes_init(&form.attributes, s->graphs[0].attributes); /* those of all of the space */
    enum status st = predictor_init(&p, &form, &run->space->vocabulary, "value");
    bool made = !st;
    if (!st && run->from && run->from->options.attributes.count != form.attributes.count)
        st = err_set(SIBYL_E_USAGE,
                     "training.from: the nodes of its networks have %u attributes, and those of "
                     "this space %u",
                     run->from->options.attributes.count, form.attributes.count);
    double *all = calloc(2 * s->scored + 1, sizeof(*all)); /* values, then deviations */
    if (!st && !all) st = err_memory("scores");
    st = team_agree(t, st);
    if (!st) st = surrogate_train(t, run, s, &p);
    struct scorer *scorer = NULL;
    struct gp_head *head = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, run->threads};
    if (!st) st = team_agree(t, scorer_new(&scorer, &p, &options));
    if (!st) st = gp_head_new(&head, t, process_alone(s), &p, run->threads);
    if (!st) st = surrogate_predict(t, run, s, head, scorer, all);
    gp_head_free(head);
    scorer_free(scorer);
    if (!st && request) {
        memcpy(request->values, all, s->scored * sizeof(*all));
        memcpy(request->deviations, all + s->scored, s->scored * sizeof(*all));
    }
    free(all);
    if (made) predictor_release(&p);
    return st;
}

enum status surrogate_score(struct team *t, const struct search_run *run,
                            struct surrogate_request *request)
{
    unsigned char *packed = NULL;
    size_t bytes = 0;
    struct surrogate s = {0};
    arena_init(&s.arena);
    enum status st = request ? surrogate_pack(request, &packed, &bytes) : SIBYL_OK;
    void *data = packed;
    st = team_agree(t, st);
    if (!st) st = team_broadcast_buffer(t, 0, &data, &bytes);
    if (st) goto done;
    st = team_agree(t, surrogate_unpack(&s, run, data, bytes));
    if (!st) st = surrogate_work(t, run, &s, request);
done:
    free(data);
    arena_release(&s.arena);
    return st;
}
