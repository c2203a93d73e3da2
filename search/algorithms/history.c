#include "search/algorithms/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum status history_add(struct history *h, const struct history_entry *e)
{
    if (h->count == h->capacity) {
        size_t capacity = h->capacity ? h->capacity * 2 : 64;
        struct history_entry *entries = realloc(h->entries, capacity * sizeof(*entries));
        if (!entries) return err_memory("the history of the search");
        h->entries = entries;
        size_t *order = realloc(h->order, capacity * sizeof(*order));
        if (!order) return err_memory("the history of the search");
        h->order = order;
        h->capacity = capacity;
    }
    if (h->count >= HASHSET_NONE)
        return err_set(SIBYL_E_RANGE, "the search has more evaluations than it can count");
    bool added = false;
    struct history_entry entry = *e;
    enum status st =
        candidate_copy(&entry.candidate, &h->memory, &e->candidate, h->genes, h->keeps_graphs);
    if (!st && !entry.level)
        st = hashset_add(&h->set, entry.candidate.hash, (uint32_t)h->count, &added);
    if (st) return st;
    SIBYL_BUG_IF(!added && !entry.level);
    h->entries[h->count++] = entry;
    return SIBYL_OK;
}

/* The number of a measurement under a name. */
static bool note_find(const Sibyl__Measurement *m, const char *name, double *out)
{
    for (size_t i = 0; i < m->n_extra_names && i < m->n_extra_values; i++) {
        if (strcmp(m->extra_names[i], name) != 0) continue;
        *out = m->extra_values[i];
        return isfinite(*out);
    }
    return false;
}

/* Results so far, of `k` objectives. */
static enum status note_curve(struct history *h, struct history_entry *e,
                              const Sibyl__Measurement *m)
{
    const struct objectives *o = h->objectives;
    const size_t k = o && o->count > 1 ? o->count : 1, count = m->n_curve_steps;
    if (!count || m->n_curve_values != count * k) return SIBYL_OK;
    struct history_curve *c = arena_calloc(&h->memory, 1, sizeof(*c));
    double *steps = arena_calloc(&h->memory, count * (k + 1), sizeof(*steps));
    if (!c || !steps) return SIBYL_E_MEM;
    memcpy(steps, m->curve_steps, count * sizeof(*steps));
    memcpy(steps + count, m->curve_values, count * k * sizeof(*steps));
    *c = (struct history_curve){count, steps, steps + count};
    e->curve = c;
    return SIBYL_OK;
}

enum status history_note(struct history *h, size_t i, const Sibyl__Measurement *m)
{
    const struct objectives *o = h->objectives;
    struct history_entry *e = &h->entries[i];
    e->early = m->early;
    e->low = e->low || m->early;
    if (h->has_epochs) e->epochs = m->epochs;
    enum status st = note_curve(h, e, m);
    if (st) return st;
    if (!o || !objectives_are_many(o) || m->failed) return SIBYL_OK;
    double *values = arena_calloc(&h->memory, o->values, sizeof(*values));
    if (!values) return SIBYL_E_MEM;
    for (uint32_t v = 0; v < o->values; v++) {
        if (v == o->main)
            values[v] = m->value;
        else if (!note_find(m, o->names[v], &values[v]))
            return err_set(SIBYL_E_FORMAT, "the result of task %zu has no number '%s'", i,
                           o->names[v]);
    }
    e->values = values;
    e->violation = objectives_violation(o, values);
    return SIBYL_OK;
}

void history_measure(struct history *h, size_t i, bool failed, double value)
{
    SIBYL_BUG_IF(i >= h->count || h->entries[i].measured);
    struct history_entry *e = &h->entries[i];
    e->measured = true;
    e->failed = failed;
    e->value = value;
    e->position = h->measured;
    h->order[h->measured++] = i;
    if (failed) {
        h->failed++;
    } else if (e->violation > 0 || e->low) {
        return;
    } else if (!h->found || value > h->entries[h->best].value) {
        h->found = true;
        h->best = i;
    }
}

void history_measure_again(struct history *h, size_t i, bool failed, double value)
{
    SIBYL_BUG_IF(i >= h->count || !h->entries[i].measured || !h->entries[i].failed);
    struct history_entry *e = &h->entries[i];
    h->again++;
    if (failed) return;
    e->failed = e->temporary = false;
    e->value = value;
    h->failed--;
    if (e->violation > 0 || e->low) return;
    const double best = h->found ? h->entries[h->best].value : value;
    bool before = h->found && e->position < h->entries[h->best].position;
    if (!h->found || value > best || (value >= best && before)) h->best = i;
    h->found = true;
}

enum status history_tell(struct history *h, size_t i, const Sibyl__Measurement *m)
{
    h->entries[i].temporary = m->failed && m->temporary;
    return history_details_add(&h->details, m, &h->entries[i].detail);
}

size_t history_temporary(const struct history *h)
{
    size_t count = 0;
    for (size_t i = 0; i < h->count; i++) count += h->entries[i].temporary;
    return count;
}

uint32_t history_find(const struct history *h, struct hash128 hash)
{
    return hashset_find(&h->set, hash);
}

bool history_knows(const struct history *h, struct hash128 hash)
{
    return history_find(h, hash) != HASHSET_NONE ||
           known_results_find(h->known, hash) != HASHSET_NONE;
}

bool history_value(const struct history *h, struct hash128 hash, double *out)
{
    uint32_t entry = history_find(h, hash), known = known_results_find(h->known, hash);
    if (entry != HASHSET_NONE) {
        *out = h->entries[entry].value;
        return h->entries[entry].measured && !h->entries[entry].failed;
    }
    if (known != HASHSET_NONE) *out = h->known->list[known].value;
    return known != HASHSET_NONE;
}

size_t history_beforehand(const struct history *h)
{
    return h->known ? h->known->count : 0;
}

const struct candidate *history_candidate(const struct history *h, size_t number)
{
    return number < h->count ? &h->entries[number].candidate
                             : &h->known->list[number - h->count].candidate;
}

struct ranked {
    double value;
    size_t index;
};

static int ranked_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

enum status history_rank(const struct history *h, size_t *out)
{
    size_t count = 0;
    struct ranked *list = malloc((h->count + history_beforehand(h) + 1) * sizeof(*list));
    if (!list) return err_memory("the order of the known networks");
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (!e->failed) list[count++] = (struct ranked){e->value, h->order[i]};
    }
    for (size_t i = 0; i < history_beforehand(h); i++)
        list[count++] = (struct ranked){h->known->list[i].value, h->count + i};
    qsort(list, count, sizeof(*list), ranked_compare);
    for (size_t i = 0; i < count; i++) out[i] = list[i].index;
    free(list);
    return SIBYL_OK;
}

void history_release(struct history *h)
{
    free(h->entries);
    free(h->order);
    hashset_release(&h->set);
    arena_release(&h->memory);
    history_details_release(&h->details);
    *h = (struct history){0};
}
