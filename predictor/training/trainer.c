#include "predictor/training/trainer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "predictor/training/checkpoint.h"
#include "predictor/model/nnformer.h"
#include "predictor/training/output_scale.h"
#include "predictor/training/sharded_optimizer.h"
#include "predictor/training/step_loss.h"
#include "predictor/training/targets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct trainer {
    struct team *team;
    struct predictor *predictor;
    const struct training_set *set;
    const struct trainer_run *run;
    struct nnformer_shape shape;
    struct sharded_optimizer optimizer;
    struct arena arena; /* reset every step */
    struct step_loss loss;
    uint32_t outputs; /* of the network */
    double *targets;  /* (count, outputs) standardised, NaN unknown */
    double *offsets;  /* (count) what the look-up table adds to column 0 */
    uint32_t *order;  /* (count) */
    uint32_t member;  /* of the ensemble, in training */
    uint32_t batch;
    struct nnformer_state state; /* of this rank's shards, as one batch */
    struct batch packed;
    double started_s, checkpoint_due_s;
    unsigned wishes;            /* of any rank, at the last step */
    uint64_t samples;           /* trained on in this run */
    uint64_t steps, steps_done; /* of all members; done in this run */
};

/* ---- set-up ---- */

enum status trainer_check_folds(uint32_t folds, size_t count)
{
    if (folds <= count) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE, "training.folds: %u: there are only %zu rows to train on", folds,
                   count);
}

static enum status trainer_init(struct trainer *t)
{
    const struct training_options *o = t->run->options;
    size_t count = t->set->count;
    arena_init(&t->arena);
    enum status st = training_options_check(o);
    if (st) return st;
    if (count == 0) return err_set(SIBYL_E_USAGE, "there is nothing to train on");
    uint32_t folds = t->run->folds; /* now, or when the process is fitted afterwards */
    if (t->predictor->options.head == HEAD_LINEAR_GP) folds = o->folds;
    st = trainer_check_folds(folds, count);
    if (st) return st;
    if (t->run->from && t->run->from->parameters != t->predictor->parameters)
        return err_set(SIBYL_E_USAGE, "the predictor to start from has %zu weights, want %zu",
                       t->run->from->parameters, t->predictor->parameters);
    t->batch = (uint32_t)(count < o->batch ? count : o->batch);
    if (t->run->from)
        t->predictor->options.attributes = t->run->from->options.attributes;
    else
        st = attributes_fit(&t->predictor->options.attributes, t->set->graphs, count);
    if (st) return st;
    nnformer_shape_init(&t->shape, &t->predictor->options, t->predictor->vocabulary.count);
    t->outputs = t->shape.options.outputs;
    st = sharded_optimizer_init(&t->optimizer, t->team, &t->shape, o, o->shards);
    if (!st) st = step_loss_init(&t->loss, t->team, o, t->outputs, t->batch, t->run->threads);
    if (st) return st;
    t->targets = malloc(count * t->outputs * sizeof(double));
    t->offsets = malloc(count * sizeof(double));
    t->order = malloc(count * sizeof(uint32_t));
    if (!t->targets || !t->offsets || !t->order) return err_memory("training");
    return targets_make(t->predictor, t->set, t->run->options, t->targets, t->offsets);
}

static void trainer_free(struct trainer *t)
{
    sharded_optimizer_release(&t->optimizer);
    step_loss_release(&t->loss);
    arena_release(&t->arena);
    free(t->targets);
    free(t->offsets);
    free(t->order);
    free(t);
}

/* ---- one step ---- */

/* Names the random streams of a step. */
static uint64_t step_name(const struct trainer *t)
{
    return (uint64_t)t->member << 48 | t->optimizer.optimizer.step;
}

static void want_weights(void *context, size_t below)
{
    reducer_gathered(((struct trainer *)context)->optimizer.reducer, below);
}

static void gradient_ready(void *context, size_t from)
{
    reducer_ready(((struct trainer *)context)->optimizer.reducer, from);
}

/* Forward pass of this rank's part of the batch of `rows`; its outputs for the loss. */
static enum status shards_forward(struct trainer *t, const uint32_t *rows)
{
    struct step_loss *l = &t->loss;
    uint32_t n = step_loss_own(l);
    size_t numbers = n * (size_t)t->outputs;
    if (n == 0) return SIBYL_OK;
    real *out = arena_alloc(&t->arena, numbers * sizeof(real));
    uint32_t *own = arena_alloc(&t->arena, n * sizeof(uint32_t));
    if (!out || !own) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < n; i++) own[i] = rows[l->own_graphs[i]];
    enum status st = batch_pack(&t->packed, &t->arena, t->set->graphs, own, n, &t->shape.options);
    if (st) return st;
    struct rng r;
    rng_init(&r, t->run->seed, RNG_DROPOUT, step_name(t));
    struct nnformer_training training = {.dropout = t->run->options->dropout,
                                         .graph_numbers = l->own_graphs,
                                         .mode = {t->run->threads, t->run->options->precision},
                                         .want = want_weights,
                                         .context = t};
    for (int i = 0; i < 2; i++) training.key[i] = rng_u32(&r);
    st = nnformer_forward(&t->shape, t->optimizer.optimizer.weights, &t->packed, &t->arena,
                          &training, &t->state, out);
    for (size_t i = 0; i < numbers && !st; i++) l->own[i] = out[i];
    return st;
}

/* Backward pass of the same part: its gradient, or zeros, to the reducer. */
static enum status shards_backward(struct trainer *t)
{
    const struct step_loss *l = &t->loss;
    uint32_t n = step_loss_own(l);
    size_t numbers = n * (size_t)t->outputs;
    if (n == 0) {
        reducer_clear(t->optimizer.reducer);
        return SIBYL_OK;
    }
    real *slope = arena_alloc(&t->arena, numbers * sizeof(real));
    if (!slope) return SIBYL_E_MEM;
    for (size_t i = 0; i < numbers; i++) slope[i] = (real)l->slopes[i];
    struct nnformer_sums sums = {reducer_sums(t->optimizer.reducer), gradient_ready, t};
    return nnformer_backward(&t->shape, t->optimizer.optimizer.weights, &t->packed, l->own_begin,
                             l->own_shards, &t->arena, &t->state, slope, &sums);
}

/* What this rank would have all do behind the step. */
enum wish { WISH_CHECKPOINT = 1, WISH_STOP = 2 };

static unsigned wishes(const struct trainer *t)
{
    const struct trainer_run *run = t->run;
    bool due = team_rank(t->team) == 0 && run->checkpoint_path && clock_s() >= t->checkpoint_due_s;
    bool stop = run->stop_asked && run->stop_asked(run->context);
    return (due ? WISH_CHECKPOINT : 0) | (stop ? WISH_STOP : 0);
}

/* One optimiser step on rows order[first..first+count-1]. Collective. */
static enum status trainer_step(struct trainer *t, size_t first, uint32_t count, double *out_loss)
{
    const uint32_t *rows = t->order + first;
    struct step_loss *l = &t->loss;
    struct sharded_notes notes = {l->losses + l->own_first, l->shard_counts, l->losses};
    struct rng pairs;
    arena_reset(&t->arena);
    rng_init(&pairs, t->run->seed, RNG_PAIRS, step_name(t));
    step_loss_begin(l, t->set->graphs, rows, count, t->targets, t->offsets);
    enum status st = shards_forward(t, rows);
    reducer_gathered(t->optimizer.reducer, SIZE_MAX); /* also where the pass did not want them */
    st = team_agree_wishes(t->team, st, wishes(t), &t->wishes);
    if (st) return st;
    st = step_loss_take(l, t->predictor->target_mean, t->predictor->target_deviation, &pairs);
    if (!st) st = shards_backward(t);
    st = sharded_optimizer_step(&t->optimizer, st, &notes);
    *out_loss = step_loss_total(l);
    return st;
}

/* ---- epochs ---- */

/* The rows that a member is trained on, ascending, into order (NULL: only counted). */
static size_t member_rows(const struct trainer *t, uint32_t member, uint32_t *order)
{
    uint32_t folds = t->run->folds;
    size_t count = 0;
    for (size_t i = 0; i < t->set->count; i++) {
        if (training_set_leaves_out(folds, member, i)) continue;
        if (order) order[count] = (uint32_t)i;
        count++;
    }
    return count;
}

static uint64_t member_steps(const struct trainer *t, uint32_t member)
{
    size_t rows = member_rows(t, member, NULL);
    return t->run->options->epochs * ((rows + t->batch - 1) / t->batch);
}

static uint64_t steps_from(const struct trainer *t, uint32_t member)
{
    uint64_t steps = 0;
    for (; member < t->predictor->options.members; member++) steps += member_steps(t, member);
    return steps;
}

/* Rank 0 tells the caller. Collective. */
static enum status report(struct trainer *t, const struct checkpoint_position *done)
{
    const struct trainer_run *run = t->run;
    enum status st = SIBYL_OK;
    if (team_rank(t->team) == 0 && run->epoch_done) {
        uint64_t left = steps_from(t, done->member) - t->optimizer.optimizer.step;
        double elapsed = clock_s() - t->started_s;
        struct trainer_progress p = {
            .member = done->member,
            .members = t->predictor->options.members,
            .epoch = done->epoch,
            .epochs = run->options->epochs,
            .loss = done->loss,
            .rate = optimizer_rate(run->options, t->optimizer.optimizer.step - 1,
                                   t->optimizer.optimizer.steps),
            .samples_per_s = elapsed > 0 ? (double)t->samples / elapsed : 0,
            .elapsed_s = elapsed,
            .left_s = t->steps_done ? elapsed / (double)t->steps_done * (double)left : 0,
        };
        st = run->epoch_done(run->context, &p);
    }
    return team_agree(t->team, st);
}

/* Checkpoint where a rank wished it, and stop where one was asked to. Collective. */
static enum status checkpoint_and_stop(struct trainer *t, const struct checkpoint_position *at)
{
    const struct trainer_run *run = t->run;
    const struct identity own = {run->job_digest, run->files};
    enum status st = SIBYL_OK;
    if (!t->wishes) return SIBYL_OK;
    if (run->checkpoint_path) sharded_optimizer_gather_all(&t->optimizer);
    if (team_rank(t->team) == 0 && run->checkpoint_path)
        st =
            checkpoint_write(run->checkpoint_path, &own, t->predictor, &t->optimizer.optimizer, at);
    t->checkpoint_due_s = clock_s() + run->checkpoint_s;
    st = team_agree(t->team, st);
    if (!st && (t->wishes & WISH_STOP))
        st = err_set(SIBYL_E_STOPPED,
                     "stopped in epoch %u of %u; run the same command again to go on",
                     at->epoch + 1, run->options->epochs);
    return st;
}

/* From at->row on. Collective. */
static enum status trainer_epoch(struct trainer *t, struct checkpoint_position *at)
{
    size_t count = member_rows(t, t->member, t->order);
    struct rng shuffle;
    rng_init(&shuffle, t->run->seed, RNG_SHUFFLE, (uint64_t)t->member << 32 | at->epoch);
    rng_shuffle(&shuffle, t->order, count);
    while (at->row < count) {
        uint32_t n = (uint32_t)(count - at->row < t->batch ? count - at->row : t->batch);
        double loss;
        enum status st = trainer_step(t, at->row, n, &loss);
        if (st) return st;
        at->loss_sum += loss * n;
        at->row += n;
        t->samples += n;
        t->steps_done++;
        st = checkpoint_and_stop(t, at);
        if (st) return st;
    }
    at->loss = at->loss_sum / (double)count;
    at->row = 0;
    at->loss_sum = 0;
    at->epoch++;
    return report(t, at);
}

void trainer_first_weights(const struct predictor *p, const struct trainer_run *run,
                           uint32_t member, float *weights)
{
    const struct predictor *from = run->from;
    struct nnformer_shape shape;
    struct rng r;
    if (from) {
        memcpy(weights, from->weights + member % from->options.members * from->parameters,
               from->parameters * sizeof(float));
        return;
    }
    nnformer_shape_init(&shape, &p->options, p->vocabulary.count);
    rng_init(&r, run->seed, RNG_WEIGHTS, member);
    nnformer_initialise(&shape, &r, run->options->init_scale, weights);
}

static void member_start(struct trainer *t, uint32_t member)
{
    trainer_first_weights(t->predictor, t->run, member, t->optimizer.optimizer.weights);
    optimizer_restart(&t->optimizer.optimizer, member_steps(t, member));
}

static enum status member_train(struct trainer *t, struct checkpoint_position *at)
{
    struct predictor *p = t->predictor;
    t->member = at->member;
    while (at->epoch < t->run->options->epochs) {
        enum status st = trainer_epoch(t, at);
        if (st) return st;
    }
    const struct optimizer *a = &t->optimizer.optimizer;
    sharded_optimizer_gather_ema(&t->optimizer); /* and behind it no weights are on their way */
    const float *final = t->run->options->ema > 0 ? a->ema : a->weights;
    memcpy(p->weights + at->member * p->parameters, final, p->parameters * sizeof(float));
    return SIBYL_OK;
}

/* Whether a position can be one of this training. */
static bool position_fits(const struct trainer *t, const struct checkpoint_position *at)
{
    size_t rows = member_rows(t, at->member, NULL);
    uint64_t per_epoch = (rows + t->batch - 1) / t->batch;
    bool between = at->row <= rows && (at->row % t->batch == 0 || at->row == rows);
    return at->epoch < t->run->options->epochs && between &&
           t->optimizer.optimizer.step ==
               at->epoch * per_epoch + (at->row + t->batch - 1) / t->batch;
}

/* Rank 0 reads the checkpoint; all get it. Collective. */
static enum status resume(struct trainer *t, struct checkpoint_position *at, bool *found)
{
    const struct trainer_run *run = t->run;
    struct predictor *p = t->predictor;
    struct optimizer *a = &t->optimizer.optimizer;
    const struct identity own = {run->job_digest, run->files};
    enum status st = SIBYL_OK;
    if (!run->checkpoint_path) return SIBYL_OK;
    if (team_rank(t->team) == 0)
        st = checkpoint_read(run->checkpoint_path, &own, run->log, p, a, at, found);
    if (!st && *found && !position_fits(t, at))
        st = err_set(SIBYL_E_FORMAT,
                     "%s: its position is not in this job; remove it to train from the start",
                     run->checkpoint_path);
    if (!st && team_rank(t->team) == 0 && run->accepted) st = run->accepted(run->context);
    st = team_agree(t->team, st);
    if (st) return st;
    team_broadcast(t->team, 0, found, sizeof(*found));
    if (!*found) return SIBYL_OK;
    team_broadcast(t->team, 0, at, sizeof(*at));
    team_broadcast(t->team, 0, &a->step, sizeof(a->step));
    team_broadcast(t->team, 0, p->weights, p->parameters * p->options.members * sizeof(float));
    team_broadcast(t->team, 0, a->all, OPTIMIZER_BUFFERS * p->parameters * sizeof(float));
    a->steps = member_steps(t, at->member);
    return SIBYL_OK;
}

enum status trainer_run(struct team *team, struct predictor *p, const struct training_set *set,
                        const struct trainer_run *run, struct trainer_result *out)
{
    struct checkpoint_position at = {0};
    bool found = false;
    struct trainer *t = calloc(1, sizeof(*t));
    enum status st = t ? SIBYL_OK : err_memory("training");
    if (t) {
        t->team = team;
        t->predictor = p;
        t->set = set;
        t->run = run;
        t->started_s = clock_s();
        t->checkpoint_due_s = t->started_s + run->checkpoint_s;
        st = trainer_init(t);
    }
    st = team_agree(team, st);
    if (!st) st = resume(t, &at, &found);
    for (; !st && at.member < p->options.members; at.member++, at.epoch = 0) {
        if (!found) member_start(t, at.member);
        found = false;
        st = member_train(t, &at);
    }
    if (!st && output_scale_open(p, run->options))
        st = output_scale_set(team, p, set, run->folds, t->targets, run->threads);
    if (!st) {
        double train_s = clock_s() - t->started_s;
        *out = (struct trainer_result){
            .loss = at.loss,
            .train_s = train_s,
            .samples_per_s = train_s > 0 ? (double)t->samples / train_s : 0,
            .epochs = run->options->epochs,
            .resumed = t->steps_done < steps_from(t, 0),
        };
    }
    if (t) trainer_free(t);
    return st;
}
