#include "base/clock.h"
#include "predictor/training/checkpoint.h"
#include "predictor/training/trainer_parts.h"

enum wish { WISH_CHECKPOINT = 1, WISH_STOP = 2 };

unsigned trainer_wishes(const struct trainer *t)
{
    const struct trainer_run *run = t->run;
    bool due = team_rank(t->team) == 0 && run->checkpoint_path && clock_s() >= t->checkpoint_due_s;
    bool stop = run->stop_asked && run->stop_asked(run->context);
    return (due ? WISH_CHECKPOINT : 0) | (stop ? WISH_STOP : 0);
}

uint64_t trainer_steps(const struct trainer *t)
{
    uint64_t steps = 0;
    for (uint32_t m = 0; m < t->predictor->options.members; m++) steps += t->members[m].step;
    return steps;
}

uint64_t trainer_samples(const struct trainer *t)
{
    uint64_t samples = 0;
    for (uint32_t m = 0; m < t->predictor->options.members; m++)
        samples +=
            t->members[m].epoch * (uint64_t)lane_member_rows(&t->work, m) + t->members[m].row;
    return samples;
}

/* ---- epochs ---- */

static double left_s(const struct trainer *t, double elapsed_s)
{
    uint64_t all = 0, steps = trainer_steps(t), here = steps - t->begun_steps;
    for (uint32_t m = 0; m < t->predictor->options.members; m++)
        all += lane_member_steps(&t->work, m);
    return here ? elapsed_s / (double)here * (double)(all - steps) : 0;
}

static enum status tell_epoch(const struct trainer *t, uint32_t member, uint32_t epoch, double loss)
{
    const struct trainer_run *run = t->run;
    double elapsed_s = clock_s() - t->started_s;
    uint64_t samples = trainer_samples(t) - t->begun_samples;
    struct trainer_progress p = {
        .member = member,
        .members = t->predictor->options.members,
        .epoch = epoch,
        .epochs = run->options->epochs,
        .begun_epochs = t->begun_epochs,
        .loss = loss,
        .rate = optimizer_rate(run->options, epoch * lane_epoch_steps(&t->work, member) - 1,
                               lane_member_steps(&t->work, member)),
        .samples_per_s = elapsed_s > 0 ? (double)samples / elapsed_s : 0,
        .elapsed_s = elapsed_s,
        .left_s = left_s(t, elapsed_s),
    };
    return run->epoch_done(run->context, &p);
}

/* Rank 0 tells the caller of the epochs since the last time. */
static enum status tell(struct trainer *t)
{
    enum status st = SIBYL_OK;
    bool tells = team_rank(t->team) == 0 && t->run->epoch_done;
    for (uint32_t m = 0; m < t->predictor->options.members; m++) {
        struct member_progress *at = &t->members[m];
        for (uint32_t i = 0; i < at->untold && tells && !st; i++)
            st = tell_epoch(t, m, at->epoch - at->untold + i + 1, at->losses[i]);
        at->untold = 0;
    }
    return st;
}

/* ---- checkpoints ---- */

/* The buffers of a member in training, where this rank has them; the ranks of its lane gather
 * them. */
static const float *buffers_of(struct trainer *t, uint32_t member)
{
    for (size_t i = 0; i < t->lane_count; i++)
        if (t->lanes[i].at == &t->members[member]) return lane_buffers(&t->lanes[i]);
    return t->members[member].buffers;
}

/* The numbers of a member to rank 0's file. Collective; `st`: of this rank so far. */
static enum status put_member(struct trainer *t, struct checkpoint_writer *w, uint32_t member,
                              enum status st)
{
    const struct predictor *p = t->predictor;
    int rank = team_rank(t->team), owner = t->owner[member];
    size_t all = OPTIMIZER_BUFFERS * p->parameters;
    if (t->members[member].stage == MEMBER_WAITING) return st;
    if (t->members[member].stage == MEMBER_TRAINED)
        return st || rank ? st
                          : checkpoint_put(w, p->weights + member * p->parameters, p->parameters);
    const float *own = buffers_of(t, member);
    if (owner == 0) return st || rank ? st : checkpoint_put(w, own, all);
    for (size_t i = 0; i < all; i += CHECKPOINT_PIECE) {
        size_t count = all - i < CHECKPOINT_PIECE ? all - i : CHECKPOINT_PIECE;
        void *piece = rank == owner ? (void *)(uintptr_t)(own + i) : t->piece; /* own: only sent */
        team_broadcast(t->team, owner, piece, count * sizeof(float));
        if (rank == 0 && !st) st = checkpoint_put(w, piece, count);
    }
    return st;
}

static enum status write_checkpoint(struct trainer *t)
{
    const struct trainer_run *run = t->run;
    const struct identity own = {run->job_digest, run->files};
    uint32_t members = t->predictor->options.members;
    struct checkpoint_writer w = {0};
    enum status st = SIBYL_OK;
    bool root = team_rank(t->team) == 0;
    if (root) st = checkpoint_begin(&w, run->checkpoint_path, &own, t->members, members);
    for (uint32_t m = 0; m < members; m++) st = put_member(t, &w, m, st);
    if (root && !st) st = checkpoint_end(&w);
    if (root) checkpoint_abandon(&w);
    t->checkpoint_due_s = clock_s() + run->checkpoint_s;
    return team_agree(t->team, st);
}

static enum status stopped(const struct trainer *t)
{
    uint32_t epochs = t->run->options->epochs, epoch = epochs;
    for (uint32_t m = t->predictor->options.members; m-- > 0;)
        if (t->members[m].stage != MEMBER_TRAINED) epoch = t->members[m].epoch + 1;
    return err_set(SIBYL_E_STOPPED,
                   "stopped in epoch %u of %u; run the same command again to go on", epoch, epochs);
}

enum status trainer_pause(struct trainer *t)
{
    bool untold = false;
    for (uint32_t m = 0; m < t->predictor->options.members; m++) untold |= t->members[m].untold > 0;
    enum status st = untold ? team_agree(t->team, tell(t)) : SIBYL_OK;
    if (!st && t->wishes && t->run->checkpoint_path) st = write_checkpoint(t);
    if (!st && (t->wishes & WISH_STOP)) st = stopped(t);
    return st;
}
