#include "jobs/training/networks.h"

static enum status make_one(struct networks *n, const struct dataset *d, enum graph_form form,
                            struct arena *scratch, size_t i)
{
    struct graph canonical;
    const struct graph *raw = &d->rows[i].graph;
    enum status st = graph_in_form(&n->graphs[i], &n->arena, raw, &d->vocabulary, form);
    if (st) return st;
    n->keys[i] = graph_hash(&n->graphs[i]);
    n->classes[i] = n->keys[i];
    n->connected[i] = n->graphs[i].edges > 0;
    if (form == GRAPH_CANONICAL) return SIBYL_OK;
    arena_reset(scratch);
    st = graph_canonical(&canonical, scratch, raw, &d->vocabulary);
    if (st) return st;
    n->classes[i] = graph_hash(&canonical);
    n->connected[i] = canonical.edges > 0;
    return SIBYL_OK;
}

enum status networks_make(struct networks *out, const struct dataset *d, enum graph_form form)
{
    struct networks n = {.count = d->count};
    struct arena scratch;
    enum status st = SIBYL_E_MEM;
    arena_init(&scratch);
    arena_init(&n.arena);
    n.graphs = arena_calloc(&n.arena, d->count + 1, sizeof(*n.graphs));
    n.keys = arena_calloc(&n.arena, d->count + 1, sizeof(*n.keys));
    n.classes = arena_calloc(&n.arena, d->count + 1, sizeof(*n.classes));
    n.connected = arena_calloc(&n.arena, d->count + 1, sizeof(*n.connected));
    if (!n.graphs || !n.keys || !n.classes || !n.connected) goto done;
    st = SIBYL_OK;
    for (size_t i = 0; !st && i < d->count; i++) {
        st = make_one(&n, d, form, &scratch, i);
        if (st) err_prefix(st, "architecture %zu", i);
    }
    if (st) goto done;
    *out = n;
    n = (struct networks){0};
done:
    arena_release(&scratch);
    networks_release(&n);
    return st;
}

void networks_release(struct networks *n)
{
    if (n->graphs || n->keys || n->classes) arena_release(&n->arena);
    *n = (struct networks){0};
}
