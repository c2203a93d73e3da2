#include "predictor/step_loss.h"

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
    uint64_t first, end;
    size_t ranks = (size_t)team_size(t), numbers = (size_t)most * outputs, rows = most;
    *l = (struct step_loss){.team = t,
                            .options = o,
                            .outputs = outputs,
                            .shards = o->shards,
                            .most = most,
                            .threads = threads > 1 ? threads : 1};
    team_slice(l->shards, team_rank(t), team_size(t), &first, &end);
    l->shard_first = (uint32_t)first;
    l->shard_end = (uint32_t)end;
    size_t doubles = 5 * numbers + 4 * rows + ranks + 1 + l->shards;
    l->memory = malloc(doubles * sizeof(double) + 2 * ranks * sizeof(size_t) +
                       (3 * rows + 1) * sizeof(uint32_t));
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
    l->losses = cut_doubles(&d, l->shards);
    l->counts = (size_t *)d;
    l->shard_counts = l->counts + ranks;
    uint32_t *u = (uint32_t *)(l->shard_counts + ranks);
    l->known = cut_integers(&u, rows + 1);
    l->partner = cut_integers(&u, rows);
    l->partner_of = cut_integers(&u, rows);
    for (size_t r = 0; r < ranks; r++) {
        team_slice(l->shards, (int)r, (int)ranks, &first, &end);
        l->shard_counts[r] = (size_t)(end - first);
    }
    return SIBYL_OK;
}

void step_loss_release(struct step_loss *l)
{
    free(l->memory);
    *l = (struct step_loss){0};
}

void step_loss_begin(struct step_loss *l, const uint32_t *rows, uint32_t count,
                     const double *targets, const double *offsets)
{
    uint32_t shard = 0;
    l->count = count;
    l->begin = shard_begin(l, count, l->shard_first);
    l->end = shard_begin(l, count, l->shard_end);
    for (int r = 0; r < team_size(l->team); r++) { /* a number more for the pairs */
        uint32_t first = shard_begin(l, count, shard);
        shard += (uint32_t)l->shard_counts[r];
        l->counts[r] = (size_t)(shard_begin(l, count, shard) - first) * l->outputs + 1;
    }
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
static uint64_t exchange(struct step_loss *l, uint64_t own_pairs)
{
    size_t numbers = (size_t)(l->end - l->begin) * l->outputs;
    const double *in = l->gathered;
    double *out = l->predictions, pairs = 0;
    l->own[numbers] = (double)own_pairs;
    team_allgather_doubles(l->team, l->own, l->gathered, l->counts);
    for (int r = 0; r < team_size(l->team); r++) {
        size_t outputs = l->counts[r] - 1;
        memcpy(out, in, outputs * sizeof(double));
        pairs += in[outputs];
        in += l->counts[r];
        out += outputs;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        uint32_t k = l->known[i];
        if (l->known[i + 1] > k)
            l->main_predictions[k] = l->predictions[i * (size_t)l->outputs] + l->main_offsets[k];
    }
    return (uint64_t)pairs;
}

/* One shard's part of the loss; its rows' slopes. */
static double shard_loss(const struct step_loss *l, const struct loss_batch *b,
                         const struct loss_auxiliary *a, uint32_t s)
{
    uint32_t first = shard_begin(l, l->count, s), end = shard_begin(l, l->count, s + 1);
    size_t outputs = l->outputs;
    double *slopes = l->slopes + (first - l->begin) * outputs, loss = 0;
    double *main_slopes = l->main_slopes + l->known[first];
    memset(slopes, 0, (end - first) * outputs * sizeof(double));
    if (b->count) loss = loss_rows(b, l->known[first], l->known[end], main_slopes);
    for (uint32_t i = first; i < end; i++)
        if (l->known[i + 1] > l->known[i]) slopes[(i - first) * outputs] = *main_slopes++;
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
    uint64_t own_pairs = 0;
    bool finite = true;
    if (l->options->loss.rank_all > 0)
        own_pairs = loss_pairs(&b, l->known[l->begin], l->known[l->end]);
    b.pairs = exchange(l, own_pairs);
    a.known = loss_known(&a, 0, l->count);
    if (l->options->loss.rank_random > 0) loss_partners(&b, pairs);
#pragma omp parallel for num_threads(l->threads) reduction(&& : finite)
    for (uint32_t s = l->shard_first; s < l->shard_end; s++) {
        l->losses[s] = shard_loss(l, &b, &a, s);
        finite = finite && isfinite(l->losses[s]);
    }
    if (finite) return SIBYL_OK;
    return err_set(SIBYL_E_RANGE, "the loss is no longer finite; lower training.rate");
}

double step_loss_total(const struct step_loss *l)
{
    double loss = 0;
    for (uint32_t s = 0; s < l->shards; s++) loss += l->losses[s];
    return loss;
}
