#include "predictor/training/lane.h"

#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

/* ---- members ---- */

/* The rows that a member is trained on, ascending, into order (NULL: only counted). */
static size_t list_rows(const struct lane_work *w, uint32_t member, uint32_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < w->set->count; i++) {
        if (training_set_leaves_out(w->run->folds, member, i)) continue;
        if (order) order[count] = (uint32_t)i;
        count++;
    }
    return count;
}

size_t lane_member_rows(const struct lane_work *w, uint32_t member)
{
    return list_rows(w, member, NULL);
}

uint64_t lane_epoch_steps(const struct lane_work *w, uint32_t member)
{
    return (lane_member_rows(w, member) + w->batch - 1) / w->batch;
}

uint64_t lane_member_steps(const struct lane_work *w, uint32_t member)
{
    return w->run->options->epochs * lane_epoch_steps(w, member);
}

/* ---- set-up ---- */

enum status lane_init(struct lane *l, const struct lane_work *work, struct team *team, int threads)
{
    const struct training_options *o = work->run->options;
    *l = (struct lane){.work = work, .team = team, .threads = threads};
    arena_init(&l->arena);
    enum status st = sharded_optimizer_init(&l->optimizer, team, &work->shape, o, o->shards);
    if (!st)
        st = step_loss_init(&l->loss, team, o, work->shape.options.outputs, work->batch, threads);
    l->order = malloc((work->set->count + 1) * sizeof(*l->order));
    if (!st && !l->order) st = err_memory("training");
    if (st) lane_release(l);
    return st;
}

void lane_release(struct lane *l)
{
    if (!l->work) return;
    sharded_optimizer_release(&l->optimizer);
    step_loss_release(&l->loss);
    arena_release(&l->arena);
    free(l->order);
    *l = (struct lane){0};
}

enum status lane_begin(struct lane *l, uint32_t member, struct member_progress *at)
{
    const struct lane_work *w = l->work;
    struct optimizer *a = &l->optimizer.optimizer;
    enum status st = optimizer_take(a, at->buffers);
    if (st) return st;
    at->buffers = NULL;
    if (at->stage == MEMBER_WAITING) {
        trainer_first_weights(w->predictor, w->run, member, a->weights);
        optimizer_restart(a, lane_member_steps(w, member));
        at->stage = MEMBER_TRAINING;
    }
    a->step = at->step;
    a->steps = lane_member_steps(w, member);
    l->member = member;
    l->at = at;
    l->rows = lane_member_rows(w, member);
    l->shuffled = false;
    return SIBYL_OK;
}

/* ---- one step ---- */

/* Names the random streams of a step. */
static uint64_t step_name(const struct lane *l)
{
    return (uint64_t)l->member << 48 | l->optimizer.optimizer.step;
}

static void want_weights(void *context, size_t below)
{
    reducer_gathered(((struct lane *)context)->optimizer.reducer, below);
}

static void gradient_ready(void *context, size_t from)
{
    reducer_ready(((struct lane *)context)->optimizer.reducer, from);
}

/* Forward pass of this rank's part of the batch of `rows`; its outputs for the loss. */
static enum status shards_forward(struct lane *l, const uint32_t *rows)
{
    const struct lane_work *w = l->work;
    struct step_loss *loss = &l->loss;
    uint32_t n = step_loss_own(loss);
    size_t numbers = n * (size_t)loss->outputs;
    if (n == 0) return SIBYL_OK;
    real *out = arena_alloc(&l->arena, numbers * sizeof(real));
    uint32_t *own = arena_alloc(&l->arena, n * sizeof(uint32_t));
    if (!out || !own) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < n; i++) own[i] = rows[loss->own_graphs[i]];
    enum status st = batch_pack(&l->packed, &l->arena, w->set->graphs, own, n, &w->shape.options);
    if (st) return st;
    struct rng r;
    rng_init(&r, w->run->seed, RNG_DROPOUT, step_name(l));
    struct nnformer_training training = {.dropout = w->run->options->dropout,
                                         .graph_numbers = loss->own_graphs,
                                         .mode = {l->threads, w->run->options->precision},
                                         .want = want_weights,
                                         .context = l};
    for (int i = 0; i < 2; i++) training.key[i] = rng_u32(&r);
    st = nnformer_forward(&w->shape, l->optimizer.optimizer.weights, &l->packed, &l->arena,
                          &training, &l->state, out);
    for (size_t i = 0; i < numbers && !st; i++) loss->own[i] = out[i];
    return st;
}

/* Backward pass of the same part: its gradient, or zeros, to the reducer. */
static enum status shards_backward(struct lane *l)
{
    const struct step_loss *loss = &l->loss;
    uint32_t n = step_loss_own(loss);
    size_t numbers = n * (size_t)loss->outputs;
    if (n == 0) {
        reducer_clear(l->optimizer.reducer);
        return SIBYL_OK;
    }
    real *slope = arena_alloc(&l->arena, numbers * sizeof(real));
    if (!slope) return SIBYL_E_MEM;
    for (size_t i = 0; i < numbers; i++) slope[i] = (real)loss->slopes[i];
    struct nnformer_sums sums = {reducer_sums(l->optimizer.reducer), gradient_ready, l};
    return nnformer_backward(&l->work->shape, l->optimizer.optimizer.weights, &l->packed,
                             loss->own_begin, loss->own_shards, &l->arena, &l->state, slope, &sums);
}

/* One optimiser step on some rows. */
static enum status step(struct lane *l, const uint32_t *rows, uint32_t count, unsigned wishes,
                        unsigned *out_wishes)
{
    const struct lane_work *w = l->work;
    struct step_loss *loss = &l->loss;
    struct sharded_notes notes = {loss->losses + loss->own_first, loss->shard_counts, loss->losses};
    struct rng pairs;
    arena_reset(&l->arena);
    rng_init(&pairs, w->run->seed, RNG_PAIRS, step_name(l));
    step_loss_begin(loss, w->set->graphs, rows, count, w->targets, w->offsets);
    enum status st = shards_forward(l, rows);
    reducer_gathered(l->optimizer.reducer, SIZE_MAX); /* also where the pass did not want them */
    st = team_agree_wishes(l->team, st, wishes, out_wishes);
    if (st) return st;
    st = step_loss_take(loss, w->predictor->target_mean, w->predictor->target_deviation, &pairs);
    if (!st) st = shards_backward(l);
    return sharded_optimizer_step(&l->optimizer, st, &notes);
}

/* Behind a member's last step. Collective. */
static void finish(struct lane *l)
{
    struct predictor *p = l->work->predictor;
    const struct optimizer *a = &l->optimizer.optimizer;
    sharded_optimizer_gather_ema(&l->optimizer); /* and behind it no weights are on their way */
    const float *final = l->work->run->options->ema > 0 ? a->ema : a->weights;
    memcpy(p->weights + l->member * p->parameters, final, p->parameters * sizeof(float));
    l->at->stage = MEMBER_TRAINED;
    l->at = NULL;
}

static void end_epoch(struct lane *l)
{
    struct member_progress *at = l->at;
    at->loss = at->loss_sum / (double)l->rows;
    at->row = 0;
    at->loss_sum = 0;
    at->epoch++;
    if (l->work->told) at->losses[at->untold++] = at->loss;
    l->shuffled = false;
    if (at->epoch == l->work->run->options->epochs) finish(l);
}

/* order becomes that of the epoch. */
static void shuffle(struct lane *l)
{
    struct rng r;
    list_rows(l->work, l->member, l->order);
    rng_init(&r, l->work->run->seed, RNG_SHUFFLE, (uint64_t)l->member << 32 | l->at->epoch);
    rng_shuffle(&r, l->order, l->rows);
    l->shuffled = true;
}

enum status lane_step(struct lane *l, unsigned wishes, unsigned *out_wishes)
{
    struct member_progress *at = l->at;
    if (!l->shuffled) shuffle(l);
    size_t left = l->rows - at->row;
    uint32_t count = (uint32_t)(left < l->work->batch ? left : l->work->batch);
    enum status st = step(l, l->order + at->row, count, wishes, out_wishes);
    if (st) return st;
    at->loss_sum += step_loss_total(&l->loss) * count;
    at->row += count;
    at->step = l->optimizer.optimizer.step;
    if (at->row == l->rows) end_epoch(l);
    return SIBYL_OK;
}

const float *lane_buffers(struct lane *l)
{
    sharded_optimizer_gather_all(&l->optimizer);
    return l->optimizer.optimizer.all;
}
