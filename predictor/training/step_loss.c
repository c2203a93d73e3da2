#include "predictor/training/step_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The next `count` numbers of a block of memory. */
static double *cut_doubles(double **from, size_t count)
{
    double *cut = *from;
    *from += count;
    return cut;
}

static uint32_t *cut_integers(uint32_t **from, size_t count)
{
    uint32_t *cut = *from;
    *from += count;
    return cut;
}

enum status step_loss_init(struct step_loss *l, struct team *t, const struct training_options *o,
                           uint32_t outputs, uint32_t most, int threads)
{
    size_t ranks = (size_t)team_size(t), numbers = (size_t)most * outputs, rows = most;
    *l = (struct step_loss){.team = t,
                            .options = o,
                            .outputs = outputs,
                            .most = most,
                            .threads = threads > 1 ? threads : 1};
    enum status st = shards_init(&l->shards, o->shards, (uint32_t)ranks);
    if (st) return st;
    const uint32_t *of_rank = l->shards.of_rank;
    l->own_first = of_rank[team_rank(t)];
    l->own_shards = of_rank[team_rank(t) + 1] - l->own_first;
    size_t doubles = 5 * numbers + 4 * rows + ranks + 1 + 2 * (size_t)o->shards;
    l->memory = malloc(doubles * sizeof(double) + 2 * ranks * sizeof(size_t) +
                       (4 * rows + l->own_shards + 2) * sizeof(uint32_t));
    if (!l->memory) return err_memory("training");
    double *d = l->memory;
    l->own = cut_doubles(&d, numbers + 1);
    l->slopes = cut_doubles(&d, numbers);
    l->gathered = cut_doubles(&d, numbers + ranks);
    l->predictions = cut_doubles(&d, numbers);
    l->targets = cut_doubles(&d, numbers);
    l->main_predictions = cut_doubles(&d, rows);
    l->main_targets = cut_doubles(&d, rows);
    l->main_offsets = cut_doubles(&d, rows);
    l->main_slopes = cut_doubles(&d, rows);
    l->losses = cut_doubles(&d, o->shards);
    l->ordered = cut_doubles(&d, o->shards);
    l->counts = (size_t *)d;
    l->shard_counts = l->counts + ranks;
    uint32_t *u = (uint32_t *)(l->shard_counts + ranks);
    l->known = cut_integers(&u, rows + 1);
    l->partner = cut_integers(&u, rows);
    l->partner_of = cut_integers(&u, rows);
    l->own_graphs = cut_integers(&u, rows);
    l->own_begin = cut_integers(&u, l->own_shards + 1);
    for (size_t r = 0; r < ranks; r++) l->shard_counts[r] = of_rank[r + 1] - of_rank[r];
    return SIBYL_OK;
}

void step_loss_release(struct step_loss *l)
{
    shards_release(&l->shards);
    free(l->memory);
    *l = (struct step_loss){0};
}

/* Which graphs this rank has, and how many outputs come from each rank. */
static void share_out(struct step_loss *l)
{
    const struct shards *s = &l->shards;
    uint32_t own = 0;
    for (uint32_t i = 0; i < l->own_shards; i++) {
        uint32_t shard = s->dealt[l->own_first + i];
        l->own_begin[i] = own;
        for (uint32_t g = s->begin[shard]; g < s->begin[shard + 1]; g++) l->own_graphs[own++] = g;
    }
    l->own_begin[l->own_shards] = own;
    for (uint32_t r = 0; r < s->ranks; r++) {
        size_t graphs = 0;
        for (uint32_t i = s->of_rank[r]; i < s->of_rank[r + 1]; i++) graphs += shards_graphs(s, i);
        l->counts[r] = graphs * l->outputs + 1; /* a number more for the pairs */
    }
}

void step_loss_begin(struct step_loss *l, const struct graph *graphs, const uint32_t *rows,
                     uint32_t count, const double *targets, const double *offsets)
{
    l->count = count;
    shards_deal(&l->shards, graphs, rows, count);
    share_out(l);
    l->known[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double *wanted = targets + rows[i] * (size_t)l->outputs;
        uint32_t k = l->known[i];
        memcpy(l->targets + i * (size_t)l->outputs, wanted, l->outputs * sizeof(double));
        l->known[i + 1] = k + !isnan(wanted[0]);
        if (isnan(wanted[0])) continue;
        l->main_targets[k] = wanted[0];
        l->main_offsets[k] = offsets[rows[i]];
    }
}

/* All ranks' outputs to l->predictions; the pairs of all rows. Collective. */
static uint64_t exchange(struct step_loss *l, uint64_t pairs_here)
{
    const struct shards *s = &l->shards;
    const double *in = l->gathered;
    double pairs = 0;
    l->own[step_loss_own(l) * (size_t)l->outputs] = (double)pairs_here;
    team_allgather_doubles(l->team, l->own, l->gathered, l->counts);
    for (uint32_t r = 0; r < s->ranks; r++) {
        for (uint32_t i = s->of_rank[r]; i < s->of_rank[r + 1]; i++) {
            size_t outputs = shards_graphs(s, i) * (size_t)l->outputs;
            memcpy(l->predictions + s->begin[s->dealt[i]] * (size_t)l->outputs, in,
                   outputs * sizeof(double));
            in += outputs;
        }
        pairs += *in++;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        uint32_t k = l->known[i];
        if (l->known[i + 1] > k)
            l->main_predictions[k] = l->predictions[i * (size_t)l->outputs] + l->main_offsets[k];
    }
    return (uint64_t)pairs;
}

/* The pairs of this rank's rows. */
static uint64_t own_pairs(const struct step_loss *l, const struct loss_batch *b)
{
    const struct shards *s = &l->shards;
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < l->own_shards; i++) {
        uint32_t shard = s->dealt[l->own_first + i];
        pairs += loss_pairs(b, l->known[s->begin[shard]], l->known[s->begin[shard + 1]]);
    }
    return pairs;
}

/* The loss's part of this rank's shard i; its rows' slopes. */
static double shard_loss(const struct step_loss *l, const struct loss_batch *b,
                         const struct loss_auxiliary *a, uint32_t i)
{
    const uint32_t *begin = l->shards.begin + l->shards.dealt[l->own_first + i];
    uint32_t first = begin[0], end = begin[1];
    size_t outputs = l->outputs;
    double *slopes = l->slopes + l->own_begin[i] * outputs, loss = 0;
    double *main_slopes = l->main_slopes + l->known[first];
    memset(slopes, 0, (end - first) * outputs * sizeof(double));
    if (b->count) loss = loss_rows(b, l->known[first], l->known[end], main_slopes);
    for (uint32_t g = first; g < end; g++)
        if (l->known[g + 1] > l->known[g]) slopes[(g - first) * outputs] = *main_slopes++;
    return loss + loss_auxiliary_rows(a, first, end, slopes);
}

enum status step_loss_take(struct step_loss *l, double mean, double deviation, struct rng *pairs)
{
    struct loss_batch b = {.options = l->options,
                           .mean = mean,
                           .deviation = deviation,
                           .count = l->known[l->count],
                           .predictions = l->main_predictions,
                           .targets = l->main_targets,
                           .partner = l->partner,
                           .partner_of = l->partner_of};
    struct loss_auxiliary a = {l->options->loss.auxiliary, l->outputs, l->predictions, l->targets,
                               0};
    bool finite = true;
    b.pairs = exchange(l, l->options->loss.rank_all > 0 ? own_pairs(l, &b) : 0);
    a.known = loss_known(&a, 0, l->count);
    if (l->options->loss.rank_random > 0) loss_partners(&b, pairs);
#pragma omp parallel for num_threads(l->threads) reduction(&& : finite)
    for (uint32_t i = 0; i < l->own_shards; i++) {
        double loss = shard_loss(l, &b, &a, i);
        l->losses[l->own_first + i] = loss;
        finite = finite && isfinite(loss);
    }
    if (finite) return SIBYL_OK;
    return err_set(SIBYL_E_RANGE, "the loss is no longer finite; lower training.rate");
}

double step_loss_total(struct step_loss *l)
{
    const struct shards *s = &l->shards;
    double loss = 0;
    for (uint32_t i = 0; i < s->count; i++) l->ordered[s->dealt[i]] = l->losses[i];
    for (uint32_t i = 0; i < s->count; i++) loss += l->ordered[i];
    return loss;
}
