#include "jobs/training/networks.h"

#include "base/hashset.h"
#include "jobs/training/input_features.h"
#include "proto/graph/graph_message.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_SIZE 4000000 /* nodes and edges, as they were read, whose forms travel together */

/* What all ranks know of a row: 64-bit words, which travel as doubles do. */
struct knowledge {
    struct hash128 key, class;
    uint64_t connected;
};
#define KNOWLEDGE_WORDS (sizeof(struct knowledge) / sizeof(double))

static enum status make_one(struct networks *n, struct arena *scratch, size_t row,
                            struct knowledge *out)
{
    const struct dataset *d = n->data;
    struct graph canonical, *own = &n->graphs[row - n->first];
    const struct graph *raw = &d->rows[row].graph;
    enum status st = graph_in_form(own, &n->arena, raw, &d->vocabulary, n->form);
    if (st) return st;
    out->key = out->class = graph_hash(own);
    out->connected = own->edges > 0;
    if (n->form == GRAPH_CANONICAL) return SIBYL_OK;
    arena_reset(scratch);
    st = graph_canonical(&canonical, scratch, raw, &d->vocabulary);
    if (st) return st;
    out->class = graph_hash(&canonical);
    out->connected = canonical.edges > 0;
    return SIBYL_OK;
}

/* This rank's part, and what is known of its rows. */
static enum status make_part(struct networks *n, struct knowledge *out)
{
    struct arena scratch;
    enum status st = SIBYL_OK;
    arena_init(&scratch);
    for (size_t i = n->first; !st && i < n->end; i++) {
        st = make_one(n, &scratch, i, &out[i - n->first]);
        if (st) err_prefix(st, "architecture %zu", i);
    }
    arena_release(&scratch);
    return st;
}

/* Every rank's knowledge to all. Collective. */
static enum status gather(struct networks *n, const struct knowledge *mine, struct knowledge *all)
{
    struct team *t = n->team;
    size_t *counts = malloc((size_t)team_size(t) * sizeof(*counts));
    enum status st = team_agree(t, counts ? SIBYL_OK : err_memory("a dataset's networks"));
    if (st) return st;
    for (int r = 0; r < team_size(t); r++) {
        uint64_t begin, end;
        team_slice(n->count, r, team_size(t), &begin, &end);
        counts[r] = (size_t)(end - begin) * KNOWLEDGE_WORDS;
    }
    team_allgather_doubles(t, (const double *)mine, (double *)all, counts);
    free(counts);
    for (size_t i = 0; i < n->count; i++) {
        n->keys[i] = all[i].key;
        n->classes[i] = all[i].class;
        n->connected[i] = all[i].connected != 0;
    }
    return SIBYL_OK;
}

/* A file that was replaced meanwhile, or is another one on another node. Collective. */
static enum status check_same(struct team *t, const struct dataset *d)
{
    struct {
        struct hash128 content;
        uint64_t count;
    } mine = {d->content, d->count}, first = mine;
    team_broadcast(t, 0, &first, sizeof(first));
    bool same = mine.count == first.count && hash128_compare(mine.content, first.content) == 0;
    return team_agree(
        t, same ? SIBYL_OK
                : err_set(SIBYL_E_IO, "the dataset that this rank has read is not that of rank 0"));
}

static enum status reserve(struct networks *n)
{
    uint64_t begin, end;
    team_slice(n->count, team_rank(n->team), team_size(n->team), &begin, &end);
    n->first = (size_t)begin;
    n->end = (size_t)end;
    n->graphs = arena_calloc(&n->arena, n->end - n->first + 1, sizeof(*n->graphs));
    n->keys = arena_calloc(&n->arena, n->count + 1, sizeof(*n->keys));
    n->classes = arena_calloc(&n->arena, n->count + 1, sizeof(*n->classes));
    n->connected = arena_calloc(&n->arena, n->count + 1, sizeof(*n->connected));
    return n->graphs && n->keys && n->classes && n->connected ? SIBYL_OK : SIBYL_E_MEM;
}

enum status networks_make(struct networks *out, struct team *t, const struct dataset *d,
                          enum graph_form form)
{
    struct networks n = {.team = t, .data = d, .count = d->count, .form = form};
    struct knowledge *mine = NULL, *all = NULL;
    arena_init(&n.arena);
    enum status st = check_same(t, d);
    if (st) return st;
    st = reserve(&n);
    mine = calloc(n.end - n.first + 1, sizeof(*mine));
    all = calloc(d->count + 1, sizeof(*all));
    if (!st && (!mine || !all)) st = err_memory("a dataset's networks");
    if (!st) st = make_part(&n, mine);
    st = team_agree(t, st);
    if (!st) st = gather(&n, mine, all);
    free(mine);
    free(all);
    if (st)
        arena_release(&n.arena);
    else
        *out = n;
    return st;
}

/* A row's graph in its form, as `g`, with its features. */
static enum status attach(const struct networks *n, size_t row, struct arena *arena,
                          const struct graph *g, struct graph *out)
{
    double values[GRAPH_ATTRIBUTES_MAX];
    input_features_of_row(n->features, n->columns, &n->data->rows[row], values);
    return features_attach(n->features, values, arena, g, out);
}

enum status networks_with_features(struct networks *out, const struct networks *n,
                                   const struct features *f, const uint32_t *columns)
{
    struct networks made = *n;
    enum status st = SIBYL_OK;
    made.features = f;
    made.columns = columns;
    arena_init(&made.arena);
    made.graphs = arena_calloc(&made.arena, n->end - n->first + 1, sizeof(*made.graphs));
    made.keys = arena_calloc(&made.arena, n->count + 1, sizeof(*made.keys));
    if (!made.graphs || !made.keys) st = err_memory("features");
    for (size_t i = 0; i < n->count && !st; i++) {
        double values[GRAPH_ATTRIBUTES_MAX];
        input_features_of_row(f, columns, &n->data->rows[i], values);
        made.keys[i] = features_key(f, values, n->keys[i]);
    }
    for (size_t i = n->first; i < n->end && !st; i++)
        st = attach(&made, i, &made.arena, &n->graphs[i - n->first], &made.graphs[i - n->first]);
    if (st)
        arena_release(&made.arena);
    else
        *out = made;
    return st;
}

void networks_release(struct networks *n)
{
    if (n->keys) arena_release(&n->arena);
    *n = (struct networks){0};
}

static bool is_own(const struct networks *n, size_t row)
{
    return row >= n->first && row < n->end;
}

enum status networks_graph(const struct networks *n, size_t row, struct arena *arena,
                           struct graph *out)
{
    const struct dataset *d = n->data;
    if (is_own(n, row)) {
        *out = n->graphs[row - n->first];
        return SIBYL_OK;
    }
    struct graph plain;
    enum status st = graph_in_form(&plain, arena, &d->rows[row].graph, &d->vocabulary, n->form);
    if (!st && n->features) return attach(n, row, arena, &plain, out);
    if (!st) *out = plain;
    return st;
}

enum status networks_distinct(struct distinct_rows *out, const struct networks *n,
                              const uint32_t *rows, size_t count)
{
    struct hashset seen = {0};
    struct distinct_rows d = {malloc((count + 1) * sizeof(uint32_t)),
                              malloc((count + 1) * sizeof(uint32_t)), 0};
    enum status st = d.rows && d.place ? SIBYL_OK : err_memory("a list of networks");
    for (size_t i = 0; i < count && !st; i++) {
        uint32_t row = rows ? rows[i] : (uint32_t)i;
        bool added = false;
        st = hashset_add(&seen, n->keys[row], (uint32_t)d.count, &added);
        if (st) break;
        d.place[i] = added ? (uint32_t)d.count : hashset_find(&seen, n->keys[row]);
        if (added) d.rows[d.count++] = row;
    }
    hashset_release(&seen);
    if (st)
        distinct_rows_release(&d);
    else
        *out = d;
    return st;
}

void distinct_rows_release(struct distinct_rows *d)
{
    free(d->rows);
    free(d->place);
    *d = (struct distinct_rows){0};
}

/* ---- forms for all ranks ---- */

/* The rows that a rank has go out in messages, each of rows places[first .. end-1]. */
struct message {
    const struct networks *networks;
    const uint32_t *rows;
    size_t *places; /* in `rows`, of one rank's */
    size_t first, end;
    struct arena *arena;
    struct graph *graphs;
};

/* The same on all ranks, who have all read the same graphs. */
static size_t message_end(const struct message *m, size_t count)
{
    uint64_t size = 0;
    size_t i = m->first;
    for (; i < count && size < MESSAGE_SIZE; i++) {
        const struct graph *g = &m->networks->data->rows[m->rows[m->places[i]]].graph;
        size += (uint64_t)g->nodes * (1 + g->attributes) + g->edges;
    }
    return i;
}

static enum status open_message(const struct message *m, const void *bytes, size_t size, int sender)
{
    struct graph *come = NULL;
    size_t count = 0;
    enum status st = graph_message_open(bytes, size, sender, m->networks->data->vocabulary.count,
                                        m->arena, &come, &count);
    if (!st && count != m->end - m->first)
        st = err_set(SIBYL_E_FORMAT, "rank %d sent %zu networks, not %zu", sender, count,
                     m->end - m->first);
    for (size_t i = 0; i < count && !st; i++) m->graphs[m->places[m->first + i]] = come[i];
    return st;
}

/* Collective. */
static enum status send_message(const struct message *m, int sender)
{
    void *bytes = NULL;
    size_t size = 0, count = m->end - m->first;
    bool mine = team_rank(m->networks->team) == sender;
    struct graph *list = mine ? malloc((count + 1) * sizeof(*list)) : NULL;
    enum status st = mine && !list ? err_memory("networks for other ranks") : SIBYL_OK;
    for (size_t i = 0; i < count && list; i++)
        list[i] = m->networks->graphs[m->rows[m->places[m->first + i]] - m->networks->first];
    if (list) st = graph_message_pack(list, count, &bytes, &size);
    st = team_agree(m->networks->team, st);
    if (!st) st = team_broadcast_buffer(m->networks->team, sender, &bytes, &size);
    if (!st && !mine) st = open_message(m, bytes, size, sender);
    free(list);
    free(bytes);
    return team_agree(m->networks->team, st);
}

enum status networks_share(const struct networks *n, const uint32_t *rows, size_t count,
                           struct arena *arena, struct graph *graphs)
{
    struct team *t = n->team;
    struct message m = {.networks = n, .rows = rows, .arena = arena, .graphs = graphs};
    m.places = malloc((count + 1) * sizeof(*m.places));
    enum status st = team_agree(t, m.places ? SIBYL_OK : err_memory("a list of networks"));
    for (size_t i = 0; i < count && !st; i++)
        if (is_own(n, rows[i])) graphs[i] = n->graphs[rows[i] - n->first];
    for (int r = 0; r < team_size(t) && team_size(t) > 1 && !st; r++) {
        uint64_t begin, end;
        size_t theirs = 0;
        team_slice(n->count, r, team_size(t), &begin, &end);
        for (size_t i = 0; i < count; i++)
            if (rows[i] >= begin && rows[i] < end) m.places[theirs++] = i;
        for (m.first = 0; m.first < theirs && !st; m.first = m.end) {
            m.end = message_end(&m, theirs);
            st = send_message(&m, r);
        }
    }
    free(m.places);
    return st;
}
