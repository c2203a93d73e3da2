#include "predictor/training/trainer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "predictor/model/nnformer.h"
#include "predictor/training/checkpoint.h"
#include "predictor/training/output_scale.h"
#include "predictor/training/targets.h"
#include "predictor/training/trainer_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- set-up ---- */

enum status trainer_check_folds(uint32_t folds, size_t count)
{
    if (folds <= count) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE, "training.folds: %u: there are only %zu rows to train on", folds,
                   count);
}

static enum status check(const struct trainer *t, size_t count)
{
    const struct trainer_run *run = t->run;
    const struct training_options *o = run->options;
    enum status st = training_options_check(o);
    if (st) return st;
    if (count == 0) return err_set(SIBYL_E_USAGE, "there is nothing to train on");
    uint32_t folds = run->folds; /* now, or when the process is fitted afterwards */
    if (t->predictor->options.head == HEAD_LINEAR_GP) folds = o->folds;
    st = trainer_check_folds(folds, count);
    if (st) return st;
    if (run->from && run->from->parameters != t->predictor->parameters)
        return err_set(SIBYL_E_USAGE, "the predictor to start from has %zu weights, want %zu",
                       run->from->parameters, t->predictor->parameters);
    return SIBYL_OK;
}

static enum status trainer_init(struct trainer *t, const struct training_set *set)
{
    const struct trainer_run *run = t->run;
    struct predictor *p = t->predictor;
    size_t count = set->count;
    enum status st = check(t, count);
    if (st) return st;
    if (run->from)
        p->options.attributes = run->from->options.attributes;
    else
        st = attributes_fit(&p->options.attributes, set->graphs, count);
    if (st) return st;
    t->work = (struct lane_work){
        .predictor = p,
        .set = set,
        .run = run,
        .batch = (uint32_t)(count < run->options->batch ? count : run->options->batch),
    };
    nnformer_shape_init(&t->work.shape, &p->options, p->vocabulary.count);
    t->targets = malloc(count * t->work.shape.options.outputs * sizeof(double));
    t->offsets = malloc(count * sizeof(double));
    bool pieces = run->checkpoint_path && team_size(t->team) > 1;
    if (pieces) t->piece = malloc(CHECKPOINT_PIECE * sizeof(*t->piece));
    if (!t->targets || !t->offsets || (pieces && !t->piece)) return err_memory("training");
    t->work.targets = t->targets;
    t->work.offsets = t->offsets;
    return targets_make(p, set, run->options, t->targets, t->offsets);
}

static void trainer_free(struct trainer *t)
{
    for (uint32_t m = 0; m < PREDICTOR_MEMBERS_MAX; m++) free(t->members[m].buffers);
    free(t->targets);
    free(t->offsets);
    free(t->piece);
    free(t);
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

/* ---- going on ---- */

/* Whether a member's place can be one of this training. */
static bool place_fits(const struct trainer *t, uint32_t member)
{
    const struct member_progress *at = &t->members[member];
    uint64_t rows = lane_member_rows(&t->work, member), batch = t->work.batch;
    uint64_t per_epoch = lane_epoch_steps(&t->work, member), epochs = t->run->options->epochs;
    if (at->stage == MEMBER_WAITING) return at->step == 0 && at->epoch == 0 && at->row == 0;
    if (at->stage == MEMBER_TRAINED) return at->epoch == epochs && at->row == 0;
    return at->epoch < epochs && at->row < rows && at->row % batch == 0 &&
           at->step == at->epoch * per_epoch + at->row / batch;
}

/* Rank 0's checkpoint, if there is one. Local. */
static enum status read_checkpoint(struct trainer *t, bool *found)
{
    const struct trainer_run *run = t->run;
    const struct identity own = {run->job_digest, run->files};
    uint32_t members = t->predictor->options.members;
    enum status st =
        checkpoint_read(run->checkpoint_path, &own, run->log, t->predictor, t->members, found);
    for (uint32_t m = 0; m < members; m++) { /* of a damaged file, for one */
        if (t->members[m].stage == MEMBER_TRAINING) continue;
        free(t->members[m].buffers);
        t->members[m].buffers = NULL;
    }
    for (uint32_t m = 0; m < members && *found && !st; m++)
        if (!place_fits(t, m))
            st = err_set(SIBYL_E_FORMAT,
                         "%s: its position is not in this job; remove it to train from the start",
                         run->checkpoint_path);
    if (!st && run->accepted) st = run->accepted(run->context);
    return st;
}

/* What rank 0 has read, to all ranks. Collective. */
static enum status broadcast_members(struct trainer *t)
{
    struct predictor *p = t->predictor;
    size_t bytes = p->parameters * sizeof(float);
    enum status st = SIBYL_OK;
    for (uint32_t m = 0; m < p->options.members; m++) {
        struct member_progress *at = &t->members[m];
        float *own = at->buffers;
        team_broadcast(t->team, 0, at, sizeof(*at));
        if (at->stage == MEMBER_TRAINING && team_rank(t->team))
            own = memory_large(OPTIMIZER_BUFFERS * bytes);
        if (at->stage == MEMBER_TRAINING && !own) st = err_memory("the optimiser");
        at->buffers = own;
    }
    st = team_agree(t->team, st);
    if (st) return st;
    for (uint32_t m = 0; m < p->options.members; m++) {
        const struct member_progress *at = &t->members[m];
        if (at->stage == MEMBER_TRAINED)
            team_broadcast(t->team, 0, p->weights + m * p->parameters, bytes);
        if (at->stage == MEMBER_TRAINING)
            team_broadcast(t->team, 0, at->buffers, OPTIMIZER_BUFFERS * bytes);
        t->begun_epochs[m] = at->epoch;
    }
    return SIBYL_OK;
}

/* Collective. */
static enum status resume(struct trainer *t)
{
    bool found = false;
    enum status st = SIBYL_OK;
    if (!t->run->checkpoint_path) return SIBYL_OK;
    if (team_rank(t->team) == 0) st = read_checkpoint(t, &found);
    st = team_agree(t->team, st);
    if (st) return st;
    team_broadcast(t->team, 0, &found, sizeof(found));
    if (found) st = broadcast_members(t);
    t->begun_steps = trainer_steps(t);
    t->begun_samples = trainer_samples(t);
    return st;
}

/* ---- members on all ranks ---- */

/* The members that are left, one after another, each on all ranks and their threads. Collective. */
static enum status train_in_turn(struct trainer *t)
{
    struct lane lane = {0};
    enum status st = SIBYL_OK;
    for (uint32_t m = 0; m < t->predictor->options.members && !st; m++) {
        if (t->members[m].stage == MEMBER_TRAINED) continue;
        if (!lane.work) st = lane_init(&lane, &t->work, t->team, t->run->threads);
        if (!st) st = lane_begin(&lane, m, &t->members[m]);
        st = team_agree(t->team, st);
        t->lanes = &lane;
        t->lane_count = 1;
        while (!st && lane.at) {
            st = lane_step(&lane, trainer_wishes(t), &t->wishes);
            if (!st) st = trainer_pause(t);
        }
    }
    t->lanes = NULL;
    t->lane_count = 0;
    lane_release(&lane);
    return st;
}

/* Whether rank 0 tells of epochs. Collective. */
static bool is_told(const struct trainer *t)
{
    bool told = t->run->epoch_done;
    team_broadcast(t->team, 0, &told, sizeof(told));
    return told;
}

enum status trainer_run(struct team *team, struct predictor *p, const struct training_set *set,
                        const struct trainer_run *run, struct trainer_result *out)
{
    struct trainer *t = calloc(1, sizeof(*t));
    enum status st = t ? SIBYL_OK : err_memory("training");
    if (t) {
        t->team = team;
        t->predictor = p;
        t->run = run;
        t->started_s = clock_s();
        t->checkpoint_due_s = t->started_s + run->checkpoint_s;
        st = trainer_init(t, set);
    }
    st = team_agree(team, st);
    if (st || !t) goto done;
    t->work.told = is_told(t);
    st = resume(t);
    if (!st) st = side_by_side_train(t);
    if (!st) st = train_in_turn(t);
    if (!st && output_scale_open(p, run->options))
        st = output_scale_set(team, p, set, run->folds, t->targets, run->threads);
    if (!st) {
        double train_s = clock_s() - t->started_s;
        uint64_t samples = trainer_samples(t) - t->begun_samples;
        *out = (struct trainer_result){
            .loss = t->members[p->options.members - 1].loss,
            .train_s = train_s,
            .samples_per_s = train_s > 0 ? (double)samples / train_s : 0,
            .epochs = run->options->epochs,
            .resumed = t->begun_steps > 0,
        };
    }
done:
    if (t) trainer_free(t);
    return st;
}
