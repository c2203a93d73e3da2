#include "predictor/trainer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "comm/reduce.h"
#include "predictor/checkpoint.h"
#include "predictor/loss.h"
#include "predictor/nnformer.h"
#include "predictor/output_scale.h"
#include "predictor/targets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS_MAX 64

struct trainer {
    struct team *team;
    struct predictor *predictor;
    const struct training_set *set;
    const struct trainer_run *run;
    struct nnformer_shape shape;
    struct optimizer optimizer;
    struct reducer *reducer;
    struct arena arena;                    /* reset every step */
    float *gradient;                       /* (parameters) */
    uint32_t outputs;                      /* of the network */
    double *targets;                       /* (count, outputs) standardised, NaN unknown */
    double *offsets;                       /* (count) what the look-up table adds to column 0 */
    double *predictions, *wanted, *slopes; /* (batch, outputs) each; slopes: of the loss */
    double *main_predictions, *main_wanted, *main_slopes; /* (batch): column 0 where known */
    uint32_t *order, *partner;                            /* (count), (batch) */
    uint32_t member;                                      /* of the ensemble, in training */
    uint32_t batch, shards, own_first, own_end; /* this rank's shards: own_first <= s < own_end */
    size_t counts[1 << 12];                     /* predictions of each rank */
    struct nnformer_state state;                /* of this rank's shards, as one batch */
    struct batch packed;
    uint32_t shard_graphs[SHARDS_MAX + 1]; /* where in it each shard begins */
    double started_s, checkpoint_due_s;
    unsigned wishes;            /* of any rank, at the last step */
    uint64_t samples;           /* trained on in this run */
    uint64_t steps, steps_done; /* of all members; done in this run */
};

/* ---- set-up ---- */

static enum status trainer_init(struct trainer *t)
{
    const struct training_options *o = t->run->options;
    size_t count = t->set->count, numbers;
    uint64_t first, end;
    arena_init(&t->arena);
    enum status st = training_options_check(o);
    if (st) return st;
    if (count == 0) return err_set(SIBYL_E_USAGE, "there is nothing to train on");
    uint32_t folds = t->run->folds; /* now, or when the process is fitted afterwards */
    if (t->predictor->options.head == HEAD_LINEAR_GP) folds = o->folds;
    if (folds > count)
        return err_set(SIBYL_E_USAGE, "training.folds: %u: there are only %zu rows to train on",
                       folds, count);
    if (t->run->from && t->run->from->parameters != t->predictor->parameters)
        return err_set(SIBYL_E_USAGE, "the predictor to start from has %zu weights, want %zu",
                       t->run->from->parameters, t->predictor->parameters);
    if (team_size(t->team) > (int)(sizeof(t->counts) / sizeof(t->counts[0])))
        return err_set(SIBYL_E_USAGE, "more than 4096 ranks");
    t->batch = (uint32_t)(count < o->batch ? count : o->batch);
    t->shards = o->shards;
    team_slice(t->shards, team_rank(t->team), team_size(t->team), &first, &end);
    t->own_first = (uint32_t)first;
    t->own_end = (uint32_t)end;
    if (t->run->from)
        t->predictor->options.attributes = t->run->from->options.attributes;
    else
        st = attributes_fit(&t->predictor->options.attributes, t->set->graphs, count);
    if (st) return st;
    nnformer_shape_init(&t->shape, &t->predictor->options, t->predictor->vocabulary.count);
    st = optimizer_init(&t->optimizer, &t->shape, o);
    if (!st) st = reducer_new(&t->reducer, t->predictor->parameters);
    if (st) return st;
    t->gradient = memory_large(t->predictor->parameters * sizeof(float));
    t->outputs = t->shape.options.outputs;
    numbers = t->batch * (size_t)t->outputs;
    t->targets = malloc(count * t->outputs * sizeof(double));
    t->offsets = malloc(count * sizeof(double));
    t->predictions = malloc(3 * (numbers + t->batch) * sizeof(double));
    t->order = malloc(count * sizeof(uint32_t));
    t->partner = malloc(t->batch * sizeof(uint32_t));
    if (!t->gradient || !t->targets || !t->offsets || !t->predictions || !t->order || !t->partner)
        return err_memory("training");
    t->wanted = t->predictions + numbers;
    t->slopes = t->wanted + numbers;
    t->main_predictions = t->slopes + numbers;
    t->main_wanted = t->main_predictions + t->batch;
    t->main_slopes = t->main_wanted + t->batch;
    return targets_make(t->predictor, t->set, t->run->options, t->targets, t->offsets);
}

static void trainer_free(struct trainer *t)
{
    optimizer_release(&t->optimizer);
    reducer_free(t->reducer);
    arena_release(&t->arena);
    free(t->gradient);
    free(t->targets);
    free(t->offsets);
    free(t->predictions);
    free(t->order);
    free(t->partner);
    free(t);
}

/* ---- one step ---- */

/* This rank's shards of a batch of `count`: where each begins in the rank's own part; returns where
 * that part begins in the batch. */
static uint32_t own_part(struct trainer *t, uint32_t count)
{
    uint64_t begin = 0, first = 0, end = 0;
    t->shard_graphs[0] = 0;
    for (uint32_t s = t->own_first; s < t->own_end; s++) {
        team_slice(count, (int)s, (int)t->shards, &begin, &end);
        if (s == t->own_first) first = begin;
        t->shard_graphs[s - t->own_first + 1] = (uint32_t)(end - first);
    }
    return (uint32_t)first;
}

/* Names the random streams of a step. */
static uint64_t step_name(const struct trainer *t)
{
    return (uint64_t)t->member << 48 | t->optimizer.step;
}

/* Forward pass of this rank's part of rows order[first..first+count-1]; outputs (n, outputs) into
 * `mine`. */
static enum status shards_forward(struct trainer *t, size_t first, uint32_t count, double *mine)
{
    uint32_t begin = own_part(t, count), n = t->shard_graphs[t->own_end - t->own_first];
    if (n == 0) return SIBYL_OK;
    size_t numbers = n * (size_t)t->outputs;
    real *out = arena_alloc(&t->arena, numbers * sizeof(real));
    if (!out) return SIBYL_E_MEM;
    enum status st = batch_pack(&t->packed, &t->arena, t->set->graphs, t->order + first + begin, n,
                                &t->shape.options);
    if (st) return st;
    struct rng r;
    rng_init(&r, t->run->seed, RNG_DROPOUT, step_name(t));
    struct nnformer_training training = {.dropout = t->run->options->dropout,
                                         .first_graph = begin,
                                         .mode = {t->run->threads, t->run->options->precision}};
    for (int i = 0; i < 2; i++) training.key[i] = rng_u32(&r);
    st = nnformer_forward(&t->shape, t->optimizer.weights, &t->packed, &t->arena, &training,
                          &t->state, out);
    for (size_t i = 0; i < numbers && !st; i++) mine[i] = out[i];
    return st;
}

/* Backward pass of the same part: its shards' gradients go to the reducer. */
static enum status shards_backward(struct trainer *t, uint32_t count)
{
    uint32_t begin = own_part(t, count), shards = t->own_end - t->own_first;
    uint32_t n = t->shard_graphs[shards];
    if (n == 0) return SIBYL_OK;
    size_t numbers = n * (size_t)t->outputs;
    const double *slopes = t->slopes + begin * (size_t)t->outputs;
    real *slope = arena_alloc(&t->arena, numbers * sizeof(real));
    if (!slope) return SIBYL_E_MEM;
    for (size_t i = 0; i < numbers; i++) slope[i] = (real)slopes[i];
    return nnformer_backward(&t->shape, t->optimizer.weights, &t->packed, t->shard_graphs, shards,
                             &t->arena, &t->state, slope, reducer_sums(t->reducer, shards));
}

/* How many numbers of a batch of `count` graphs each rank computes. */
static void count_by_rank(struct trainer *t, uint32_t count)
{
    for (int r = 0; r < team_size(t->team); r++) {
        uint64_t first, last, begin, end, unused;
        team_slice(t->shards, r, team_size(t->team), &first, &last);
        t->counts[r] = 0;
        if (first == last) continue;
        team_slice(count, (int)first, (int)t->shards, &begin, &unused);
        team_slice(count, (int)last - 1, (int)t->shards, &unused, &end);
        t->counts[r] = (size_t)(end - begin) * t->outputs;
    }
}

/* The loss of rows order[first..first+count-1], and its slopes by each output. */
static double batch_loss(struct trainer *t, size_t first, uint32_t count, struct rng *pairs)
{
    const struct training_options *o = t->run->options;
    struct loss_scale scale = {t->predictor->target_mean, t->predictor->target_deviation};
    size_t outputs = t->outputs, known = 0;
    double loss = 0;
    memset(t->slopes, 0, count * outputs * sizeof(double));
    for (uint32_t i = 0; i < count; i++) {
        double *wanted = t->wanted + i * outputs;
        memcpy(wanted, t->targets + t->order[first + i] * outputs, outputs * sizeof(double));
        if (isnan(wanted[0])) continue;
        t->main_predictions[known] = t->predictions[i * outputs] + t->offsets[t->order[first + i]];
        t->main_wanted[known++] = wanted[0];
    }
    if (known)
        loss = loss_batch(o, &scale, known, t->main_predictions, t->main_wanted, pairs, t->partner,
                          t->main_slopes);
    for (uint32_t i = count; i-- > 0;)
        if (!isnan(t->wanted[i * outputs])) t->slopes[i * outputs] = t->main_slopes[--known];
    return loss + loss_auxiliary(o->loss.auxiliary, count, t->outputs, t->predictions, t->wanted,
                                 t->slopes);
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
    struct rng pairs;
    arena_reset(&t->arena);
    count_by_rank(t, count);
    rng_init(&pairs, t->run->seed, RNG_PAIRS, step_name(t));
    double *mine = arena_alloc(&t->arena, (count * (size_t)t->outputs + 1) * sizeof(double));
    enum status st = mine ? shards_forward(t, first, count, mine) : SIBYL_E_MEM;
    st = team_agree_wishes(t->team, st, wishes(t), &t->wishes);
    if (st) return st;
    team_allgather_doubles(t->team, mine, t->predictions, t->counts);
    *out_loss = batch_loss(t, first, count, &pairs);
    st = shards_backward(t, count);
    if (!st && !isfinite(*out_loss))
        st = err_set(SIBYL_E_RANGE, "the loss is no longer finite; lower training.rate");
    st = reducer_allreduce(t->reducer, t->team, st, t->gradient);
    if (!st) optimizer_step(&t->optimizer, t->gradient);
    return st;
}

/* ---- epochs ---- */

/* The rows that a member is trained on, ascending, into order (NULL: only counted). */
static size_t member_rows(const struct trainer *t, uint32_t member, uint32_t *order)
{
    uint32_t folds = t->run->folds;
    size_t count = 0;
    for (size_t i = 0; i < t->set->count; i++) {
        if (trainer_leaves_out(folds, member, i)) continue;
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
        uint64_t left = steps_from(t, done->member) - t->optimizer.step;
        double elapsed = clock_s() - t->started_s;
        struct trainer_progress p = {
            .member = done->member,
            .members = t->predictor->options.members,
            .epoch = done->epoch,
            .epochs = run->options->epochs,
            .loss = done->loss,
            .rate = optimizer_rate(run->options, t->optimizer.step - 1, t->optimizer.steps),
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
    enum status st = SIBYL_OK;
    if (!t->wishes) return SIBYL_OK;
    if (team_rank(t->team) == 0 && run->checkpoint_path)
        st = checkpoint_write(run->checkpoint_path, run->job_digest, t->predictor, &t->optimizer,
                              at);
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
    trainer_first_weights(t->predictor, t->run, member, t->optimizer.weights);
    optimizer_restart(&t->optimizer, member_steps(t, member));
}

static enum status member_train(struct trainer *t, struct checkpoint_position *at)
{
    struct predictor *p = t->predictor;
    t->member = at->member;
    while (at->epoch < t->run->options->epochs) {
        enum status st = trainer_epoch(t, at);
        if (st) return st;
    }
    const float *final = t->run->options->ema > 0 ? t->optimizer.ema : t->optimizer.weights;
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
           t->optimizer.step == at->epoch * per_epoch + (at->row + t->batch - 1) / t->batch;
}

/* Rank 0 reads the checkpoint; all get it. Collective. */
static enum status resume(struct trainer *t, struct checkpoint_position *at, bool *found)
{
    const struct trainer_run *run = t->run;
    struct predictor *p = t->predictor;
    enum status st = SIBYL_OK;
    if (!run->checkpoint_path) return SIBYL_OK;
    if (team_rank(t->team) == 0)
        st = checkpoint_read(run->checkpoint_path, run->job_digest, run->log, p, &t->optimizer, at,
                             found);
    if (!st && *found && !position_fits(t, at))
        st = err_set(SIBYL_E_FORMAT,
                     "%s: its position is not in this job; remove it to train from the start",
                     run->checkpoint_path);
    st = team_agree(t->team, st);
    if (st) return st;
    team_broadcast(t->team, 0, found, sizeof(*found));
    if (!*found) return SIBYL_OK;
    team_broadcast(t->team, 0, at, sizeof(*at));
    team_broadcast(t->team, 0, &t->optimizer.step, sizeof(t->optimizer.step));
    team_broadcast(t->team, 0, p->weights, p->parameters * p->options.members * sizeof(float));
    team_broadcast(t->team, 0, t->optimizer.all, OPTIMIZER_BUFFERS * p->parameters * sizeof(float));
    t->optimizer.steps = member_steps(t, at->member);
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
