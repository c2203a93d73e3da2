#include "search/algorithms/surrogate_plan.h"

#include "base/rng.h"
#include "search/algorithms/refit.h"

#include <stdlib.h>
#include <string.h>

#define SEED_OF_MILESTONE (UINT64_C(3) << 62) /* streams of rounds and of tasks are others */

struct kept_model {
    struct predictor predictor;
    bool made;
    struct hash128 digest; /* on rank 0 */
    uint64_t used;         /* likewise: when */
};

struct surrogate_memory {
    struct kept_model list[SURROGATE_KEPT];
    uint64_t uses;
};

/* ---- memory ---- */

enum status surrogate_memory_new(struct surrogate_memory **out)
{
    *out = calloc(1, sizeof(**out));
    return *out ? SIBYL_OK : err_memory("the models of a search");
}

void surrogate_memory_free(struct surrogate_memory *m)
{
    for (uint32_t i = 0; m && i < SURROGATE_KEPT; i++)
        if (m->list[i].made) predictor_release(&m->list[i].predictor);
    free(m);
}

const struct predictor *surrogate_kept(const struct surrogate_memory *m, uint32_t place)
{
    SIBYL_BUG_IF(!m->list[place].made);
    return &m->list[place].predictor;
}

void surrogate_keep(struct surrogate_memory *m, uint32_t place, struct predictor *p)
{
    struct kept_model *kept = &m->list[place];
    if (kept->made) predictor_release(&kept->predictor);
    kept->predictor = *p;
    kept->made = true;
}

/* The place of a model, and one; 0: it is not kept. */
static uint32_t memory_find(const struct surrogate_memory *m, struct hash128 digest)
{
    for (uint32_t i = 0; i < SURROGATE_KEPT; i++)
        if (m->list[i].made && !hash128_compare(m->list[i].digest, digest)) return i + 1;
    return 0;
}

static uint32_t memory_oldest(const struct surrogate_memory *m)
{
    uint32_t at = 0;
    for (uint32_t i = 1; i < SURROGATE_KEPT; i++)
        if (m->list[i].used < m->list[at].used) at = i;
    return at;
}

/* ---- digests ---- */

/* Each milestone's, of all that comes before it. */
static enum status find_digests(struct surrogate_plan *p)
{
    const struct surrogate_request *q = p->request;
    struct row {
        struct hash128 graph;
        double label;
    } *rows = malloc((q->trained + 1) * sizeof(*rows));
    p->digests = calloc(p->milestones + 1, sizeof(*p->digests));
    enum status st = rows && p->digests ? SIBYL_OK : err_memory("the models of a search");
    size_t most = st || !p->milestones ? 0 : refit_milestone(p->milestones - 1);
    for (size_t i = 0; i < most; i++)
        rows[i] = (struct row){graph_digest(&q->training[i]), q->labels[i]};
    for (uint32_t i = 0; i < p->milestones && !st; i++)
        p->digests[i] = digest_xxh128(rows, refit_milestone(i) * sizeof(*rows));
    free(rows);
    return st;
}

/* ---- the plan ---- */

enum status surrogate_plan_make(struct surrogate_plan *p, const struct search_run *run,
                                struct surrogate_memory *m, struct surrogate_request *request)
{
    *p = (struct surrogate_plan){.request = request, .run = run, .memory = m};
    if (run->options->predictor.head == HEAD_LINEAR)
        p->milestones = refit_milestones(request->trained);
    enum status st = find_digests(p);
    if (st) return st;
    for (uint32_t i = p->milestones; i > 0 && !p->place; i--) {
        p->place = memory_find(m, p->digests[i - 1]);
        if (p->place) p->next = i;
    }
    return SIBYL_OK;
}

void surrogate_plan_release(struct surrogate_plan *p)
{
    free(p->digests);
    *p = (struct surrogate_plan){0};
}

static uint64_t milestone_seed(const struct surrogate_plan *p)
{
    struct rng rng;
    rng_init(&rng, p->run->options->seed, RNG_SEARCH, SEED_OF_MILESTONE | p->next);
    return rng_u64(&rng);
}

enum status surrogate_plan_next(const struct surrogate_plan *p, struct surrogate_stage *out)
{
    const struct surrogate_request *q = p->request;
    bool own = p->next == p->milestones;
    bool linear = p->run->options->predictor.head == HEAD_LINEAR;
    size_t known = own ? q->trained : refit_milestone(p->next);
    size_t most = p->place ? REFIT_ROWS : REFIT_WHOLE;
    *out = (struct surrogate_stage){.seed = own ? q->seed : milestone_seed(p),
                                    .from = p->place,
                                    .more = !own,
                                    .epochs = p->run->options->training.epochs};
    enum status st = refit_rows(q->labels, known, most, &out->rows, &out->count);
    if (!st && p->place && linear) out->epochs = refit_epochs(out->epochs, out->count, !own);
    if (own) return st;
    out->digest = p->digests[p->next];
    out->keep = p->place ? p->place : memory_oldest(p->memory) + 1;
    return st;
}

void surrogate_plan_done(struct surrogate_plan *p, const struct surrogate_stage *stage)
{
    struct surrogate_memory *m = p->memory;
    if (stage->from) m->list[stage->from - 1].used = ++m->uses;
    if (!stage->more) return;
    m->list[stage->keep - 1].digest = stage->digest;
    m->list[stage->keep - 1].used = ++m->uses;
    p->place = stage->keep;
    p->next++;
}
