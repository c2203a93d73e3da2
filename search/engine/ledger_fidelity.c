#include "search/engine/ledger_fidelity.h"

#include "search/algorithms/halving.h"
#include "search/engine/ledger_replay.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDING 1e-9 /* of a sum of epochs */

static const struct fidelity *fidelity_of(const struct ledger *l)
{
    return &l->run->options->fidelity;
}

const struct history *ledger_seen(const struct ledger *l)
{
    return fidelity_is_many(fidelity_of(l)) ? &l->view.seen : &l->history;
}

void ledger_fidelity_place(const struct ledger *l, size_t after, struct history_entry *e)
{
    const struct fidelity *f = fidelity_of(l);
    if (after) {
        e->after = after - 1;
        e->level = l->history.entries[after - 1].level + 1;
    }
    e->low = e->level + 1 < f->levels;
    e->epochs = fidelity_cost(f, e->level, after > 0);
}

void ledger_fidelity_expect(struct ledger *l, size_t task)
{
    struct history_entry *e = &l->history.entries[task];
    l->epochs_committed -= e->epochs;
    e->epochs = fidelity_cost(fidelity_of(l), e->level, e->level > 0);
    l->epochs_committed += e->epochs;
}

static double epochs_left(const struct ledger *l)
{
    const struct fidelity *f = fidelity_of(l);
    return f->epochs > 0 ? f->epochs * (1 + ROUNDING) - l->epochs_committed : INFINITY;
}

/* How many networks so many epochs are enough for. */
static uint64_t epochs_networks(const struct ledger *l, double epochs)
{
    if (isinf(epochs)) return UINT64_MAX;
    double networks = epochs / fidelity_cost(fidelity_of(l), 0, false);
    return networks > 0 ? (uint64_t)floor(networks) : 0;
}

uint64_t ledger_fidelity_left(const struct ledger *l)
{
    return l->short_of_epochs ? 0 : epochs_networks(l, epochs_left(l));
}

/* Keeps those that can be paid; the rest of the epochs is for new networks. */
static void promotions_pay(struct ledger *l, struct algorithm_round *r, struct ledger_promotions *p)
{
    const struct fidelity *f = fidelity_of(l);
    double left = epochs_left(l);
    for (size_t i = 0; i < p->count && !l->short_of_epochs; i++) {
        double cost = fidelity_cost(f, l->history.entries[p->entries[i]].level + 1, true);
        l->short_of_epochs = cost > left;
        if (l->short_of_epochs)
            p->count = i;
        else
            left -= cost;
    }
    uint64_t networks = l->short_of_epochs ? 0 : epochs_networks(l, left);
    r->left -= p->count;
    if (r->left > networks) r->left = networks;
    if (r->apart && r->batch > r->left + p->count) r->batch = (uint32_t)(r->left + p->count);
}

static enum status promotions_find(struct ledger *l, size_t wanted, bool rest,
                                   struct ledger_promotions *out)
{
    const struct halving_wish wish = {wanted, rest};
    free(out->entries);
    *out = (struct ledger_promotions){.entries = calloc(wanted + 1, sizeof(*out->entries))};
    if (!out->entries) return err_memory("the networks that go on");
    return halving_promote(&l->history, fidelity_of(l), &wish, out->entries, &out->count);
}

/* The algorithm, with what is left for it. */
static enum status ask_algorithm(struct ledger *l, struct algorithm_round *r)
{
    enum status st = SIBYL_OK;
    if (!l->algorithm->replays) st = fidelity_view_refresh(&l->view, &l->history, fidelity_of(l));
    return st ? st : ledger_ask(l, r);
}

enum status ledger_fidelity_ask(struct ledger *l, struct algorithm_round *r,
                                const Sibyl__JournalProposal *replay, struct ledger_promotions *out)
{
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    *out = (struct ledger_promotions){0};
    if (!fidelity_is_many(fidelity_of(l))) {
        bool drawn = replay && !replay->n_tasks; /* nothing was found then */
        return drawn ? l->algorithm->propose(l->state, r) : ledger_ask(l, r);
    }
    enum status st = promotions_find(l, wanted, false, out);
    if (st) return st;
    if (replay)
        r->left -= out->count;
    else
        promotions_pay(l, r, out);
    r->batch -= (uint32_t)out->count;
    if (r->batch == 0 || r->left == 0) return SIBYL_OK;
    st = ask_algorithm(l, r);
    if (st || r->count || out->count || l->pending) return st;
    st = promotions_find(l, wanted, true, out);
    if (!st && !replay) promotions_pay(l, r, out);
    return st;
}
