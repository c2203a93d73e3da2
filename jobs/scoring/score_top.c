#include "jobs/scoring/score_top.h"

#include "proto/graph/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void score_top_init(struct score_top *t, size_t most, bool lowest)
{
    *t = (struct score_top){.most = most, .lowest = lowest};
}

static void empty(struct score_top *t, size_t kept)
{
    for (size_t i = kept; i < t->count; i++) free(t->entries[i].text);
    if (kept < t->count) t->count = kept;
}

void score_top_release(struct score_top *t)
{
    empty(t, 0);
    free(t->entries);
    *t = (struct score_top){0};
}

/* Highest first, or lowest with `sign` -1; what is no number stands behind all numbers. */
static int compare(const struct score_entry *x, const struct score_entry *y, double sign)
{
    if (isnan(x->value) || isnan(y->value)) {
        if (!isnan(x->value)) return -1;
        if (!isnan(y->value)) return 1;
    } else if (x->value != y->value) {
        return sign * x->value > sign * y->value ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static int highest_first(const void *a, const void *b)
{
    return compare(a, b, 1);
}

static int lowest_first(const void *a, const void *b)
{
    return compare(a, b, -1);
}

void score_top_sort(struct score_top *t)
{
    if (t->count)
        qsort(t->entries, t->count, sizeof(*t->entries), t->lowest ? lowest_first : highest_first);
    empty(t, t->most);
}

static enum status grow(struct score_top *t)
{
    size_t capacity = t->capacity ? 2 * t->capacity : 1024;
    struct score_entry *entries = realloc(t->entries, capacity * sizeof(*entries));
    if (!entries) return err_memory("the best scores");
    t->entries = entries;
    t->capacity = capacity;
    return SIBYL_OK;
}

enum status score_top_add(struct score_top *t, double value, uint64_t index, const char *text)
{
    struct score_entry e = {value, index, NULL};
    if (t->most == 0) return SIBYL_OK;
    if (t->count == t->capacity) {
        score_top_sort(t);
        if (2 * t->count > t->capacity || t->capacity == 0) {
            enum status st = grow(t);
            if (st) return st;
        }
    }
    e.text = strdup(text);
    if (!e.text) return err_memory("the best scores");
    t->entries[t->count++] = e;
    return SIBYL_OK;
}

enum status score_top_pack(struct score_top *t, void **out, size_t *out_bytes)
{
    Sibyl__ScoreTop m = SIBYL__SCORE_TOP__INIT;
    unsigned char *packed = NULL;
    score_top_sort(t);
    size_t n = t->count;
    m.indexes = malloc((n + 1) * sizeof(*m.indexes));
    m.values = malloc((n + 1) * sizeof(*m.values));
    m.architectures = malloc((n + 1) * sizeof(*m.architectures));
    enum status st = m.indexes && m.values && m.architectures ? SIBYL_OK : SIBYL_E_MEM;
    for (size_t i = 0; i < n && !st; i++) {
        m.indexes[i] = t->entries[i].index;
        m.values[i] = t->entries[i].value;
        m.architectures[i] = t->entries[i].text;
    }
    m.n_indexes = m.n_values = m.n_architectures = n;
    st = st ? err_memory("the best scores")
            : codec_pack(&m.base, "the best scores", &packed, out_bytes);
    free(m.indexes);
    free(m.values);
    free(m.architectures);
    if (!st) *out = packed;
    return st;
}

enum status score_top_unpack(struct score_top *t, const void *data, size_t bytes)
{
    enum status st = SIBYL_OK;
    Sibyl__ScoreTop *m = codec_unpack(&sibyl__score_top__descriptor, data, bytes);
    if (!m || m->n_indexes != m->n_values || m->n_indexes != m->n_architectures)
        st = err_set(SIBYL_E_FORMAT, "a list of the best scores is damaged");
    for (size_t i = 0; !st && i < m->n_indexes; i++)
        st = score_top_add(t, m->values[i], m->indexes[i], m->architectures[i]);
    if (m) sibyl__score_top__free_unpacked(m, NULL);
    return st;
}

/* One level of the tree: rank r + span, where 2 span divides r, gives its entries to rank r. */
static enum status give(struct score_top *t, struct team *team, int span, size_t *counts)
{
    int rank = team_rank(team), ranks = team_size(team);
    bool gives = rank % (2 * span) == span;
    void *packed = NULL, *got = NULL;
    size_t bytes = 0, all = 0;
    memset(counts, 0, 2 * (size_t)ranks * sizeof(*counts));
    enum status st = gives ? score_top_pack(t, &packed, &bytes) : SIBYL_OK;
    st = team_agree(team, st);
    if (gives && !st) {
        counts[rank - span] = bytes;
        empty(t, 0);
    }
    if (!st) st = team_exchange(team, packed, counts, &got, counts + ranks);
    for (int r = 0; r < ranks; r++) all += counts[ranks + r];
    if (!st && all) st = score_top_unpack(t, got, all);
    free(packed);
    free(got);
    return team_agree(team, st);
}

enum status score_top_reduce(struct score_top *t, struct team *team)
{
    int ranks = team_size(team);
    size_t *counts = malloc(2 * (size_t)ranks * sizeof(*counts));
    enum status st = team_agree(team, counts ? SIBYL_OK : err_memory("the best scores"));
    for (int span = 1; span < ranks && !st; span *= 2) st = give(t, team, span, counts);
    free(counts);
    score_top_sort(t);
    return st;
}
