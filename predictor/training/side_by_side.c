#include "base/clock.h"
#include "predictor/kernels/parallel.h"
#include "predictor/training/trainer_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Between two exchanges of all ranks. */
#define ROUND_S 0.25
/* The most memory that a member may take in training to have a thread by itself. */
#define LANE_BYTES 0x1p28
/* What a member's place takes in an exchange: doubles. */
#define PLACE (7 + MEMBER_TOLD)

/* Workers are threads of ranks: each rank's first, each rank's second .. Member i of those that are
 * trained side by side is worker (i % workers)'s. */
struct worker {
    int rank, thread;
};

struct side_by_side {
    struct trainer *trainer;
    struct worker workers[PREDICTOR_MEMBERS_MAX];
    uint32_t worker_count, worker_all; /* in `workers`; there might be, with more members */
    uint32_t members[PREDICTOR_MEMBERS_MAX], count; /* that are trained side by side */
    bool shared[PREDICTOR_MEMBERS_MAX];             /* its weights are on all ranks */
    struct team *self;
    struct lane lanes[PREDICTOR_MEMBERS_MAX]; /* of this rank */
    uint32_t next[PREDICTOR_MEMBERS_MAX];     /* of each lane: which of `members` it takes next */
    enum status status[PREDICTOR_MEMBERS_MAX];
    char message[PREDICTOR_MEMBERS_MAX][STATUS_MESSAGE_BYTES];
    size_t lane_count, *counts;
    double *places, *own_places; /* (count, PLACE) of all ranks' members; of this rank's */
};

/* ---- which members ---- */

/* About what a member takes in training, in one thread. */
static double lane_bytes(const struct lane_work *w)
{
    const struct predictor_options *o = &w->shape.options;
    double nodes = 0, squares = 0, parameters = (double)nnformer_parameters(&w->shape);
    for (size_t i = 0; i < w->set->count; i++) {
        double n = w->set->graphs[i].nodes + 2.0 * o->tokens;
        nodes += n;
        squares += n * n;
    }
    double part = (double)w->batch / (double)w->set->count;
    double hidden = o->feedforward ? o->feedforward : 4.0 * o->width;
    double row = (10.0 * o->width + hidden) * (o->layers + 1.0) + WEIGHT_GRADIENT_COLUMNS;
    double entries = squares * o->head_count * (2.0 * o->layers + 1);
    return 4 * part * (nodes * row + entries) + parameters * (4 * OPTIMIZER_BUFFERS + 4 + 8);
}

/* How many of `left` members: whole rounds of the workers, and a last one of two or more members,
 * unless so many workers would have nothing to do that a member on all of them is faster. (A step
 * has no more work to share out than its shards and threads.) */
static uint32_t how_many(const struct side_by_side *s, uint32_t left, uint32_t threads)
{
    const struct lane_work *w = &s->trainer->work;
    uint32_t all = s->worker_all, last = left % all;
    uint64_t useful = (uint64_t)w->run->options->shards * threads;
    if (all < 2 || left < 2 || lane_bytes(w) > LANE_BYTES) return 0;
    if (useful > all) useful = all;
    bool takes_last = last >= 2 && 4 * (uint64_t)last >= useful;
    return takes_last ? left : left - last;
}

/* Workers by the ranks' threads. */
static void list_workers(struct side_by_side *s, const double *threads, int ranks)
{
    bool more = true;
    double all = 0;
    for (int r = 0; r < ranks; r++) all += threads[r];
    s->worker_all = all < UINT32_MAX ? (uint32_t)all : UINT32_MAX;
    for (int k = 0; more; k++) {
        more = false;
        for (int r = 0; r < ranks && s->worker_count < PREDICTOR_MEMBERS_MAX; r++) {
            if (threads[r] <= k) continue;
            s->workers[s->worker_count++] = (struct worker){r, k};
            more = true;
        }
    }
}

static int rank_of(const struct side_by_side *s, uint32_t i)
{
    return s->workers[i % s->worker_all].rank;
}

/* Agrees on who trains what. Collective. */
static enum status share_out(struct side_by_side *s)
{
    struct trainer *t = s->trainer;
    int ranks = team_size(t->team);
    double mine = t->run->threads > 1 ? t->run->threads : 1, most = 1;
    double *threads = malloc((size_t)ranks * sizeof(*threads));
    s->counts = malloc((size_t)ranks * sizeof(*s->counts));
    enum status st = team_agree(t->team, threads && s->counts ? SIBYL_OK : err_memory("training"));
    if (st) goto done;
    for (int r = 0; r < ranks; r++) s->counts[r] = 1;
    team_allgather_doubles(t->team, &mine, threads, s->counts);
    for (int r = 0; r < ranks; r++) most = threads[r] > most ? threads[r] : most;
    list_workers(s, threads, ranks);
    for (uint32_t m = 0; m < t->predictor->options.members; m++)
        if (t->members[m].stage != MEMBER_TRAINED) s->members[s->count++] = m;
    s->count = how_many(s, s->count, (uint32_t)most);
    memset(s->counts, 0, (size_t)ranks * sizeof(*s->counts));
    for (uint32_t i = 0; i < s->count; i++) {
        t->owner[s->members[i]] = rank_of(s, i);
        s->counts[rank_of(s, i)] += PLACE;
    }
done:
    free(threads);
    return st;
}

/* ---- lanes ---- */

/* Local. */
static enum status lanes_open(struct side_by_side *s)
{
    struct trainer *t = s->trainer;
    int rank = team_rank(t->team);
    for (uint32_t i = 0; i < s->count; i++) { /* what others go on with */
        struct member_progress *at = &t->members[s->members[i]];
        if (rank_of(s, i) == rank) continue;
        free(at->buffers);
        at->buffers = NULL;
    }
    s->places = malloc((size_t)s->count * PLACE * sizeof(*s->places));
    s->own_places = malloc((size_t)s->count * PLACE * sizeof(*s->own_places));
    if (!s->places || !s->own_places) return err_memory("training");
    enum status st = team_self(&s->self);
    for (uint32_t w = 0; w < s->worker_count && w < s->count && !st; w++) {
        if (s->workers[w].rank != rank) continue;
        s->next[s->lane_count] = w;
        st = lane_init(&s->lanes[s->lane_count], &t->work, s->self, 1);
        if (!st) s->lane_count++;
    }
    t->lanes = s->lanes;
    t->lane_count = s->lane_count;
    return st;
}

static void side_by_side_free(struct side_by_side *s)
{
    if (!s) return;
    s->trainer->lanes = NULL;
    s->trainer->lane_count = 0;
    for (size_t i = 0; i < s->lane_count; i++) lane_release(&s->lanes[i]);
    if (s->self) team_release(s->self);
    free(s->counts);
    free(s->places);
    free(s->own_places);
    free(s);
}

/* A lane's members, one after another, until it is time for an exchange. */
static enum status lane_run(struct side_by_side *s, size_t i, double until_s)
{
    struct lane *l = &s->lanes[i];
    unsigned unused;
    do {
        if (!l->at) {
            if (s->next[i] >= s->count) return SIBYL_OK;
            uint32_t member = s->members[s->next[i]];
            s->next[i] += s->worker_all;
            enum status st = lane_begin(l, member, &s->trainer->members[member]);
            if (st) return st;
        }
        const struct member_progress *at = l->at;
        enum status st = lane_step(l, 0, &unused);
        if (st || at->untold == MEMBER_TOLD) return st;
    } while (clock_s() < until_s);
    return SIBYL_OK;
}

/* All lanes of this rank. Local. */
static enum status lanes_run(struct side_by_side *s)
{
    const struct trainer_run *run = s->trainer->run;
    double round_s = run->look_s > 0 && run->look_s < ROUND_S ? run->look_s : ROUND_S;
    if (run->checkpoint_path && run->checkpoint_s < round_s) round_s = run->checkpoint_s;
    double until_s = clock_s() + round_s;
#pragma omp parallel for schedule(static, 1) num_threads(s->lane_count)
    for (size_t i = 0; i < s->lane_count; i++) {
        s->status[i] = lane_run(s, i, until_s);
        if (s->status[i]) snprintf(s->message[i], sizeof(s->message[i]), "%s", err_message());
    }
    for (size_t i = 0; i < s->lane_count; i++)
        if (s->status[i]) return err_set(s->status[i], "%s", s->message[i]);
    return SIBYL_OK;
}

/* ---- exchanges ---- */

static void to_place(const struct member_progress *m, double *out)
{
    const double numbers[] = {m->stage,    m->epoch, (double)m->step,  (double)m->row,
                              m->loss_sum, m->loss,  (double)m->untold};
    memset(out, 0, PLACE * sizeof(*out));
    memcpy(out, numbers, sizeof(numbers));
    memcpy(out + 7, m->losses, m->untold * sizeof(*m->losses));
}

static void from_place(struct member_progress *m, const double *in)
{
    m->stage = (enum member_stage)in[0];
    m->epoch = (uint32_t)in[1];
    m->step = (uint64_t)in[2];
    m->row = (uint64_t)in[3];
    m->loss_sum = in[4];
    m->loss = in[5];
    m->untold = (uint32_t)in[6];
    memcpy(m->losses, in + 7, m->untold * sizeof(*m->losses));
}

/* How far each member has come, and the weights of those that are trained, to all ranks.
 * Collective. */
static void exchange(struct side_by_side *s)
{
    struct trainer *t = s->trainer;
    struct predictor *p = t->predictor;
    int ranks = team_size(t->team);
    if (ranks == 1) return;
    double *out = s->own_places, *in = s->places;
    for (uint32_t i = 0; i < s->count; i++) {
        if (rank_of(s, i) != team_rank(t->team)) continue;
        to_place(&t->members[s->members[i]], out);
        out += PLACE;
    }
    team_allgather_doubles(t->team, s->own_places, s->places, s->counts);
    for (int r = 0; r < ranks; r++)
        for (uint32_t i = 0; i < s->count; i++) {
            if (rank_of(s, i) != r) continue;
            from_place(&t->members[s->members[i]], in);
            in += PLACE;
        }
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t m = s->members[i];
        if (s->shared[i] || t->members[m].stage != MEMBER_TRAINED) continue;
        team_broadcast(t->team, rank_of(s, i), p->weights + m * p->parameters,
                       p->parameters * sizeof(float));
        s->shared[i] = true;
    }
}

static bool all_trained(const struct side_by_side *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->trainer->members[s->members[i]].stage != MEMBER_TRAINED) return false;
    return true;
}

enum status side_by_side_train(struct trainer *t)
{
    struct side_by_side *s = calloc(1, sizeof(*s));
    enum status st = team_agree(t->team, s ? SIBYL_OK : err_memory("training"));
    if (st || !s) goto done;
    s->trainer = t;
    st = share_out(s);
    if (st || s->count == 0) goto done;
    st = team_agree(t->team, lanes_open(s));
    while (!st && !all_trained(s)) {
        st = lanes_run(s);
        st = team_agree_wishes(t->team, st, trainer_wishes(t), &t->wishes);
        if (st) break;
        exchange(s);
        st = trainer_pause(t);
    }
done:
    side_by_side_free(s);
    return st;
}
