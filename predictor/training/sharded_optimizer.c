#include "predictor/training/sharded_optimizer.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t blocks_of(struct reducer_part p)
{
    return (p.end - p.begin + REDUCER_BLOCK - 1) / REDUCER_BLOCK;
}

static size_t blocks_in_all(const struct sharded_optimizer *s)
{
    return blocks_of((struct reducer_part){0, s->optimizer.parameters});
}

enum status sharded_optimizer_init(struct sharded_optimizer *s, struct team *t,
                                   const struct nnformer_shape *shape,
                                   const struct training_options *o, size_t most_notes)
{
    *s = (struct sharded_optimizer){.team = t};
    enum status st = optimizer_init(&s->optimizer, shape, o);
    if (!st) st = reducer_new(&s->reducer, t, s->optimizer.parameters);
    if (st) return st;
    size_t buckets = reducer_buckets(s->reducer), ranks = (size_t)team_size(t),
           numbers = ranks + most_notes + blocks_in_all(s);
    s->parts = malloc((buckets + 1) * sizeof(*s->parts));
    s->gradient = memory_large(s->optimizer.parameters * sizeof(float));
    s->squares = malloc(blocks_in_all(s) * sizeof(double));
    s->messages = malloc(2 * numbers * sizeof(double));
    s->counts = malloc(ranks * sizeof(size_t));
    s->blocks = calloc(ranks, sizeof(size_t));
    if (!s->parts || !s->gradient || !s->squares || !s->messages || !s->counts || !s->blocks)
        return err_memory("the optimiser");
    for (size_t b = 0; b < buckets; b++) {
        s->parts[b] = reducer_part(s->reducer, team_rank(t), b);
        for (size_t r = 0; r < ranks; r++)
            s->blocks[r] += blocks_of(reducer_part(s->reducer, (int)r, b));
    }
    return SIBYL_OK;
}

void sharded_optimizer_release(struct sharded_optimizer *s)
{
    if (s->reducer) reducer_gathered(s->reducer, SIZE_MAX); /* a run may end behind any step */
    optimizer_release(&s->optimizer);
    reducer_free(s->reducer);
    free(s->parts);
    free(s->gradient);
    free(s->squares);
    free(s->messages);
    free(s->counts);
    free(s->blocks);
    *s = (struct sharded_optimizer){0};
}

/* In LANES sums side by side, and so without waiting for each addition. */
static double sum_of_squares(const float *x, size_t n)
{
    enum { LANES = 16 };
    double part[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++) part[l] += (double)x[i + l] * (double)x[i + l];
    for (; i < n; i++) sum += (double)x[i] * (double)x[i];
    for (size_t l = 0; l < LANES; l++) sum += part[l];
    return sum;
}

/* The gradient of this rank's parts as floats; the squares of its blocks to `out`, behind which it
 * returns. */
static double *own_gradient(struct sharded_optimizer *s, double *out)
{
    const int64_t *sums = reducer_sums(s->reducer);
    for (size_t b = 0; b < reducer_buckets(s->reducer); b++) {
        struct reducer_part p = s->parts[b];
        fixed_values(sums + p.begin, p.end - p.begin, s->gradient + p.begin);
        for (size_t i = p.begin; i < p.end; i += REDUCER_BLOCK)
            *out++ = sum_of_squares(s->gradient + i,
                                    p.end - i < REDUCER_BLOCK ? p.end - i : REDUCER_BLOCK);
    }
    return out;
}

/* How long each rank's message is: its outcome, its notes, its blocks' squares. */
static void count_messages(struct sharded_optimizer *s, const struct sharded_notes *notes)
{
    for (int r = 0; r < team_size(s->team); r++) s->counts[r] = 1 + notes->counts[r] + s->blocks[r];
}

/* Notes and squares from the messages; false where a rank failed. */
static bool open_messages(struct sharded_optimizer *s, const double *in, double *out_notes,
                          const size_t *notes)
{
    bool good = true;
    for (int r = 0; r < team_size(s->team); r++) {
        good &= *in++ == 0;
        memcpy(out_notes, in, notes[r] * sizeof(double));
        in += notes[r];
        out_notes += notes[r];
        for (size_t b = 0; b < reducer_buckets(s->reducer); b++) {
            struct reducer_part p = reducer_part(s->reducer, r, b);
            memcpy(s->squares + p.begin / REDUCER_BLOCK, in, blocks_of(p) * sizeof(double));
            in += blocks_of(p);
        }
    }
    return good;
}

enum status sharded_optimizer_step(struct sharded_optimizer *s, enum status mine,
                                   const struct sharded_notes *notes)
{
    size_t own = notes->counts[team_rank(s->team)];
    double *message = s->messages, *all = message, norm = 0;
    reducer_wait(s->reducer);
    message[0] = mine;
    memcpy(message + 1, notes->mine, own * sizeof(double));
    all = own_gradient(s, message + 1 + own);
    count_messages(s, notes);
    team_allgather_doubles(s->team, message, all, s->counts);
    if (!open_messages(s, all, notes->all, notes->counts)) return team_agree(s->team, mine);
    for (size_t b = 0; b < blocks_in_all(s); b++) norm += s->squares[b];
    optimizer_step(&s->optimizer, s->parts, reducer_buckets(s->reducer), s->gradient, sqrt(norm));
    reducer_gather(s->reducer, s->optimizer.weights);
    return SIBYL_OK;
}

static void gather(struct sharded_optimizer *s, float *values)
{
    reducer_gathered(s->reducer, SIZE_MAX);
    reducer_gather(s->reducer, values);
    reducer_gathered(s->reducer, SIZE_MAX);
}

void sharded_optimizer_gather_ema(struct sharded_optimizer *s)
{
    gather(s, s->optimizer.ema);
}

void sharded_optimizer_gather_all(struct sharded_optimizer *s)
{
    gather(s, s->optimizer.first);
    gather(s, s->optimizer.second);
    gather(s, s->optimizer.ema);
}
