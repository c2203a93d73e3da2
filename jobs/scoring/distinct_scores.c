#include "jobs/scoring/distinct_scores.h"

#include "base/hashset.h"
#include "proto/graph/canon.h"
#include "proto/graph/graph_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the owner of a network answers. */
enum standing {
    STANDING_KNOWN, /* here is the score */
    STANDING_SENT,  /* another rank sends the graph; the score follows */
    STANDING_WANTED /* send the graph; the score follows */
};

struct answer {
    double value, deviation;
    uint32_t standing, first;
};

#define TOGETHER 16384 /* networks of all ranks that are held at a time (compute_together) */

enum knowledge { UNKNOWN, ASKED_FOR, KNOWN };

/* A network that belongs to this rank. */
struct slot {
    double value, deviation;
    enum knowledge knowledge;
};

struct distinct_scores {
    struct distinct_scores_job job;
    struct hashset seen; /* key -> slot */
    struct slot *slots;
    size_t capacity;
    uint64_t computed;
    struct arena arena; /* of one call */
    struct arena pass;  /* of one part of it */
};

/* One call's networks of this rank's query, each once, by the rank they belong to. */
struct asked {
    uint32_t *entry;   /* (query) which entry a graph is */
    uint32_t *graph;   /* (entries) the first graph of each */
    uint32_t *order;   /* (entries) sorted by owner */
    size_t *keys;      /* (ranks) that each is asked about */
    size_t *bytes;     /* (ranks) of keys, then of graphs, to each */
    size_t *got_bytes; /* (ranks) */
    size_t entries;
    struct answer *answers; /* (entries) in `order` */
};

enum status distinct_scores_new(struct distinct_scores **out, const struct distinct_scores_job *job)
{
    struct distinct_scores *d = calloc(1, sizeof(*d));
    if (!d) return err_memory("scores");
    d->job = *job;
    arena_init(&d->arena);
    arena_init(&d->pass);
    *out = d;
    return SIBYL_OK;
}

void distinct_scores_free(struct distinct_scores *d)
{
    if (!d) return;
    hashset_release(&d->seen);
    arena_release(&d->arena);
    arena_release(&d->pass);
    free(d->slots);
    free(d);
}

uint64_t distinct_scores_count(const struct distinct_scores *d)
{
    return d->job.deduplicate ? d->seen.count : d->computed;
}

static int owner_of(const struct distinct_scores *d, struct hash128 key)
{
    return (int)(key.high % (uint64_t)team_size(d->job.team));
}

static double rounded(double x)
{
    char text[32];
    snprintf(text, sizeof(text), "%.9g", x);
    return strtod(text, NULL);
}

/* ---- computing ---- */

/* With a Gaussian process, whose parts are on all ranks: every rank's graphs on all of them. */
static enum status compute_pass(struct distinct_scores *d, const struct graph *graphs, size_t count,
                                double *values, double *deviations)
{
    struct team *t = d->job.team;
    struct graph *all = NULL, *part;
    size_t total = 0, own = 0, more = 0;
    enum status st = SIBYL_OK;
    arena_reset(&d->pass);
    for (int r = 0; r < team_size(t) && !st; r++) {
        void *bytes = NULL;
        size_t size = 0;
        if (r == team_rank(t)) st = graph_message_pack(graphs, count, &bytes, &size);
        st = team_agree(t, st);
        if (!st) st = team_broadcast_buffer(t, r, &bytes, &size);
        if (!st) st = graph_message_open(bytes, size, r, d->job.operations, &d->pass, &part, &more);
        free(bytes);
        struct graph *longer = st ? NULL : realloc(all, (total + more + 1) * sizeof(*all));
        if (longer) all = longer;
        if (longer && more) memcpy(all + total, part, more * sizeof(*all));
        if (!st && !longer) st = err_memory("networks of all ranks");
        if (r == team_rank(t)) own = total;
        total += more;
        st = team_agree(t, st);
    }
    double *both = malloc((2 * total + 1) * sizeof(*both));
    if (!st && !both) st = err_memory("scores");
    st = team_agree(t, st);
    if (!st && total)
        st = gp_head_score(t, d->job.head, d->job.scorer, all, NULL, total, both, both + total,
                           NULL);
    for (size_t i = 0; i < count && !st; i++) {
        values[i] = both[own + i];
        deviations[i] = both[total + own + i];
    }
    free(both);
    free(all);
    return st;
}

/* Part by part, so that memory does not grow with the ranks. */
static enum status compute_together(struct distinct_scores *d, const struct graph *graphs,
                                    size_t count, double *values, double *deviations)
{
    size_t share = TOGETHER / (size_t)team_size(d->job.team);
    size_t most = (size_t)team_max(d->job.team, (double)count);
    enum status st = SIBYL_OK;
    if (share == 0) share = 1;
    for (size_t done = 0; done < most && !st; done += share) {
        size_t first = done < count ? done : count;
        size_t n = count - first < share ? count - first : share;
        st = compute_pass(d, graphs + first, n, values + first, deviations + first);
    }
    return st;
}

static enum status compute(struct distinct_scores *d, const struct graph *graphs, size_t count,
                           double *values, double *deviations)
{
    enum status st;
    if (d->job.head)
        st = compute_together(d, graphs, count, values, deviations);
    else
        st = team_agree(d->job.team,
                        count ? scorer_score(d->job.scorer, graphs, count, values, deviations)
                              : SIBYL_OK);
    for (size_t i = 0; i < count && !st; i++) {
        values[i] = rounded(values[i]);
        deviations[i] = rounded(deviations[i]);
    }
    if (!st) d->computed += count;
    return st;
}

/* ---- asking ---- */

static enum status asked_make(struct asked *a, struct distinct_scores *d,
                              const struct distinct_query *q)
{
    size_t ranks = (size_t)team_size(d->job.team), room = q->count + 1;
    struct hashset here = {0};
    enum status st = SIBYL_OK;
    *a = (struct asked){.entry = arena_calloc(&d->arena, room, sizeof(uint32_t)),
                        .graph = arena_calloc(&d->arena, room, sizeof(uint32_t)),
                        .order = arena_calloc(&d->arena, room, sizeof(uint32_t)),
                        .keys = arena_calloc(&d->arena, ranks, sizeof(size_t)),
                        .bytes = arena_calloc(&d->arena, ranks, sizeof(size_t)),
                        .got_bytes = arena_calloc(&d->arena, ranks, sizeof(size_t))};
    if (!a->entry || !a->graph || !a->order || !a->keys || !a->bytes || !a->got_bytes)
        return SIBYL_E_MEM;
    for (size_t i = 0; i < q->count && !st; i++) {
        bool added;
        st = hashset_add(&here, q->keys[i], (uint32_t)a->entries, &added);
        if (st) break;
        a->entry[i] = added ? (uint32_t)a->entries : hashset_find(&here, q->keys[i]);
        if (added) a->graph[a->entries++] = (uint32_t)i;
    }
    hashset_release(&here);
    return st;
}

/* Entries by owner, ascending within each, and their keys in that order: arena memory. */
static struct hash128 *keys_by_owner(struct asked *a, struct distinct_scores *d,
                                     const struct distinct_query *q)
{
    size_t ranks = (size_t)team_size(d->job.team);
    size_t *next = arena_calloc(&d->arena, ranks + 1, sizeof(*next));
    struct hash128 *keys = arena_calloc(&d->arena, a->entries + 1, sizeof(*keys));
    if (!next || !keys) return NULL;
    for (size_t e = 0; e < a->entries; e++) next[owner_of(d, q->keys[a->graph[e]]) + 1]++;
    for (size_t r = 0; r < ranks; r++) {
        a->keys[r] = next[r + 1];
        a->bytes[r] = a->keys[r] * sizeof(*keys);
        next[r + 1] += next[r];
    }
    for (size_t e = 0; e < a->entries; e++) {
        struct hash128 key = q->keys[a->graph[e]];
        size_t place = next[owner_of(d, key)]++;
        a->order[place] = (uint32_t)e;
        keys[place] = key;
    }
    return keys;
}

/* The slot of a key, made where it is new. */
static enum status slot_of(struct distinct_scores *d, struct hash128 key, uint32_t *out, bool *new)
{
    if (d->seen.count >= HASHSET_NONE - 1)
        return err_set(SIBYL_E_RANGE, "more than 2^32 distinct networks on one rank");
    enum status st = hashset_add(&d->seen, key, (uint32_t)d->seen.count, new);
    if (st) return st;
    *out = hashset_find(&d->seen, key);
    if (d->seen.count > d->capacity) {
        size_t capacity = d->capacity ? 2 * d->capacity : 1024;
        struct slot *slots = realloc(d->slots, capacity * sizeof(*slots));
        if (!slots) return err_memory("scores");
        d->slots = slots;
        d->capacity = capacity;
    }
    if (*new) d->slots[*out] = (struct slot){0, 0, UNKNOWN};
    return SIBYL_OK;
}

/* Keys of all ranks that ask this one. */
struct asking {
    struct hash128 *keys; /* (count), one rank's behind the other's; to be freed */
    size_t *counts;       /* (ranks) */
    size_t count;
    uint32_t *slots;        /* (count) */
    struct answer *answers; /* (count) */
};

/* The rank that sent key i. */
static int sender_of(const struct asking *k, size_t i)
{
    int r = 0;
    for (; i >= k->counts[r]; r++) i -= k->counts[r];
    return r;
}

/* This rank's answers to the keys of all ranks, and which slot each is about. */
static enum status answer_keys(struct distinct_scores *d, const struct asking *k)
{
    for (size_t i = 0; i < k->count; i++) {
        bool new;
        if (owner_of(d, k->keys[i]) != team_rank(d->job.team))
            return err_set(SIBYL_E_FORMAT, "rank %d asked for a network that is not this rank's",
                           sender_of(k, i));
        enum status st = slot_of(d, k->keys[i], &k->slots[i], &new);
        if (st) return st;
        struct slot *s = &d->slots[k->slots[i]];
        k->answers[i] = (struct answer){s->value, s->deviation, STANDING_KNOWN, new};
        if (s->knowledge == UNKNOWN) k->answers[i].standing = STANDING_WANTED;
        if (s->knowledge == ASKED_FOR) k->answers[i].standing = STANDING_SENT;
        if (s->knowledge == UNKNOWN) s->knowledge = ASKED_FOR;
    }
    return SIBYL_OK;
}

static enum status ask(struct distinct_scores *d, const struct distinct_query *q, struct asked *a,
                       struct asking *k)
{
    struct team *t = d->job.team;
    size_t ranks = (size_t)team_size(t);
    void *got = NULL;
    struct hash128 *keys = NULL;
    enum status st = asked_make(a, d, q);
    if (!st && !(keys = keys_by_owner(a, d, q))) st = SIBYL_E_MEM;
    *k = (struct asking){.counts = arena_calloc(&d->arena, ranks, sizeof(size_t))};
    if (!k->counts) st = SIBYL_E_MEM;
    st = team_agree(t, st);
    if (!st) st = team_exchange(t, keys, a->bytes, &got, a->got_bytes);
    if (st) return st;
    k->keys = got;
    for (size_t r = 0; r < ranks; r++) {
        k->counts[r] = a->got_bytes[r] / sizeof(struct hash128);
        k->count += k->counts[r];
    }
    k->slots = arena_calloc(&d->arena, k->count + 1, sizeof(*k->slots));
    k->answers = arena_calloc(&d->arena, k->count + 1, sizeof(*k->answers));
    st = k->slots && k->answers ? answer_keys(d, k) : SIBYL_E_MEM;
    return team_agree(t, st);
}

enum status distinct_scores_recall(struct distinct_scores *d, const struct distinct_query *q)
{
    struct asked a;
    struct asking k;
    if (!d->job.deduplicate) return SIBYL_OK;
    arena_reset(&d->arena);
    enum status st = ask(d, q, &a, &k);
    for (size_t i = 0; !st && i < k.count; i++) d->slots[k.slots[i]].knowledge = UNKNOWN;
    free(k.keys);
    return st;
}

/* The answers to all ranks; a->answers are those to this one, to be freed. */
static enum status reply(struct distinct_scores *d, struct asked *a, const struct asking *k)
{
    size_t ranks = (size_t)team_size(d->job.team);
    void *got = NULL;
    free(a->answers);
    a->answers = NULL;
    for (size_t r = 0; r < ranks; r++) a->bytes[r] = k->counts[r] * sizeof(struct answer);
    enum status st = team_exchange(d->job.team, k->answers, a->bytes, &got, a->got_bytes);
    a->answers = got;
    if (st) return st;
    for (size_t r = 0; r < ranks && !st; r++)
        if (a->got_bytes[r] != a->keys[r] * sizeof(struct answer))
            st = err_set(SIBYL_E_FORMAT, "rank %zu answered about %zu networks, not %zu", r,
                         a->got_bytes[r] / sizeof(struct answer), a->keys[r]);
    return team_agree(d->job.team, st);
}

/* The wanted graphs go to their owners; *out are those for this rank, in the order of its keys. */
static enum status send_graphs(struct distinct_scores *d, const struct distinct_query *q,
                               struct asked *a, void **out)
{
    struct team *t = d->job.team;
    size_t ranks = (size_t)team_size(t), place = 0, total = 0;
    struct graph *graphs = arena_calloc(&d->arena, a->entries + 1, sizeof(*graphs));
    unsigned char *send = NULL;
    enum status st = graphs ? SIBYL_OK : SIBYL_E_MEM;
    for (size_t r = 0; r < ranks && !st; r++) {
        size_t entries = a->got_bytes[r] / sizeof(struct answer), wanted = 0, bytes = 0;
        void *packed = NULL;
        for (size_t i = 0; i < entries; i++, place++)
            if (a->answers[place].standing == STANDING_WANTED)
                graphs[wanted++] = q->graphs[a->graph[a->order[place]]];
        st = graph_message_pack(graphs, wanted, &packed, &bytes);
        unsigned char *longer = st ? NULL : realloc(send, total + bytes + 1);
        if (longer) send = longer;
        if (longer && bytes) memcpy(send + total, packed, bytes);
        if (!st && !longer) st = err_memory("networks for other ranks");
        a->bytes[r] = bytes;
        total += bytes;
        free(packed);
    }
    st = team_agree(t, st);
    if (!st) st = team_exchange(t, send, a->bytes, out, a->got_bytes);
    free(send);
    return st;
}

/* The graphs that came, in one list. */
static enum status open_graphs(struct distinct_scores *d, const struct asked *a,
                               const unsigned char *data, size_t wanted, struct graph **out)
{
    size_t count = 0;
    struct graph *all = arena_calloc(&d->arena, wanted + 1, sizeof(*all));
    if (!all) return SIBYL_E_MEM;
    for (int r = 0; r < team_size(d->job.team); r++) {
        struct graph *part;
        size_t more;
        enum status st = graph_message_open(data, a->got_bytes[r], r, d->job.operations, &d->arena,
                                            &part, &more);
        if (st) return st;
        if (more > wanted - count)
            return err_set(SIBYL_E_FORMAT, "rank %d sent too many networks", r);
        if (more) memcpy(all + count, part, more * sizeof(*all));
        data += a->got_bytes[r];
        count += more;
    }
    if (count != wanted) return err_set(SIBYL_E_FORMAT, "other ranks sent too few networks");
    *out = all;
    return SIBYL_OK;
}

/* Whether the graphs (in the order of the keys that were wanted) are those of their keys. */
static enum status check_graphs(const struct asking *k, const struct graph *graphs)
{
    size_t next = 0;
    for (size_t i = 0; i < k->count; i++) {
        if (k->answers[i].standing != STANDING_WANTED) continue;
        if (hash128_compare(graph_hash(&graphs[next++]), k->keys[i]) != 0)
            return err_set(SIBYL_E_FORMAT, "rank %d sent another network than it asked about",
                           sender_of(k, i));
    }
    return SIBYL_OK;
}

/* Computes what was wanted, and completes the answers. */
static enum status compute_wanted(struct distinct_scores *d, const struct asked *a,
                                  const void *data, struct asking *k)
{
    size_t wanted = 0, next = 0;
    struct graph *graphs = NULL;
    for (size_t i = 0; i < k->count; i++) wanted += k->answers[i].standing == STANDING_WANTED;
    double *values = arena_calloc(&d->arena, 2 * wanted + 1, sizeof(*values));
    enum status st = values ? open_graphs(d, a, data, wanted, &graphs) : SIBYL_E_MEM;
    if (!st) st = check_graphs(k, graphs);
    st = team_agree(d->job.team, st);
    if (!st) st = compute(d, graphs, wanted, values, values + wanted);
    if (st) return st;
    for (size_t i = 0; i < k->count; i++) {
        struct slot *s = &d->slots[k->slots[i]];
        if (k->answers[i].standing != STANDING_WANTED) continue;
        *s = (struct slot){values[next], values[wanted + next], KNOWN};
        next++;
    }
    for (size_t i = 0; i < k->count; i++) {
        k->answers[i].value = d->slots[k->slots[i]].value;
        k->answers[i].deviation = d->slots[k->slots[i]].deviation;
    }
    return SIBYL_OK;
}

static void fill_in(const struct distinct_query *q, const struct asked *a)
{
    for (size_t i = 0; i < q->count; i++) q->first[i] = false;
    for (size_t place = 0; place < a->entries; place++) {
        uint32_t graph = a->graph[a->order[place]];
        q->values[graph] = a->answers[place].value;
        q->deviations[graph] = a->answers[place].deviation;
        q->first[graph] = a->answers[place].first != 0;
    }
    for (size_t i = 0; i < q->count; i++) {
        q->values[i] = q->values[a->graph[a->entry[i]]];
        q->deviations[i] = q->deviations[a->graph[a->entry[i]]];
    }
}

static enum status take_distinct(struct distinct_scores *d, const struct distinct_query *q)
{
    struct asked a = {0};
    struct asking k = {0};
    void *graphs = NULL;
    enum status st = ask(d, q, &a, &k);
    if (!st) st = reply(d, &a, &k);
    if (!st) st = send_graphs(d, q, &a, &graphs);
    if (!st) st = compute_wanted(d, &a, graphs, &k);
    if (!st) st = reply(d, &a, &k);
    if (!st) fill_in(q, &a);
    free(graphs);
    free(k.keys);
    free(a.answers);
    return st;
}

enum status distinct_scores_take(struct distinct_scores *d, const struct distinct_query *q)
{
    arena_reset(&d->arena);
    if (d->job.deduplicate) return take_distinct(d, q);
    for (size_t i = 0; i < q->count; i++) q->first[i] = true;
    return compute(d, q->graphs, q->count, q->values, q->deviations);
}
