/* A network of chains is a word: the labels (operation and attributes) of its blocks from the input
 * to the output, without identities. Which blocks there are is a nondeterministic automaton without
 * circles; its different words are counted by making it deterministic: a state is the set of places
 * where one may stand after a word. */
#include "search/spaces/space_networks.h"

#include "base/hashset.h"
#include "search/spaces/space_parts.h"

#include <stdlib.h>
#include <string.h>

#define LABELS_MAX 200000
#define STATES_MAX 20000
#define WORK_MAX 20000000

struct arrow {
    uint32_t from, to, label;
};

/* Place 0 is before the first block. */
struct language {
    struct arena arena;
    struct arrow *arrows; /* sorted by `from` */
    size_t count, capacity;
    uint32_t places, labels;
    struct hashset label_set;
    uint64_t (*skips)[2]; /* pairs from, to: nothing is read */
    size_t skip_count, skip_capacity;
    bool zero; /* some word is cut: one network more for each kind of input */
    bool large;
};

static bool grow(void *list, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) return true;
    void *old;
    memcpy(&old, list, sizeof(old));
    size_t larger = *capacity ? 2 * *capacity : 64;
    void *items = realloc(old, larger * size);
    if (!items) return false;
    memcpy(list, &items, sizeof(items));
    *capacity = larger;
    return true;
}

static enum status add_skip(struct language *l, uint32_t from, uint32_t to)
{
    if (!grow(&l->skips, l->skip_count, &l->skip_capacity, sizeof(*l->skips)))
        return err_memory("the count of networks");
    l->skips[l->skip_count][0] = from;
    l->skips[l->skip_count++][1] = to;
    return SIBYL_OK;
}

static enum status add_arrow(struct language *l, struct arrow a)
{
    if (!grow(&l->arrows, l->count, &l->capacity, sizeof(*l->arrows)))
        return err_memory("the count of networks");
    l->arrows[l->count++] = a;
    l->large = l->large || l->count > LABELS_MAX;
    return SIBYL_OK;
}

/* One block between two places: an arrow for each of its labels. */
static enum status add_block(struct language *l, const struct file_space *f, const struct part *p,
                             uint32_t place, uint32_t from)
{
    uint16_t genes[BLOCK_KEYS_MAX];
    float row[GRAPH_ATTRIBUTES_MAX + 1];
    if (p->block.count == 0 || p->block.count > LABELS_MAX) l->large = true;
    for (uint64_t i = 0; i < p->block.count && !l->large; i++) {
        struct block_state state;
        block_at(&p->block, i, genes);
        block_resolve(&p->block, genes, &state);
        uint16_t op = p->block.op_of[block_name_index(&p->block, &state)];
        enum op_role role = f->vocabulary.roles[op];
        enum status st = SIBYL_OK;
        if (role == OP_ZERO) {
            l->zero = true;
        } else if (role == OP_IDENTITY) {
            st = add_skip(l, from, from + 1);
        } else {
            memcpy(row, p->rows + (size_t)place * f->attributes, f->attributes * sizeof(*row));
            block_attributes(&p->block, &state, row);
            row[f->attributes] = (float)op;
            struct hash128 h = digest_xxh128(row, (f->attributes + 1) * sizeof(*row));
            bool added;
            st = hashset_add(&l->label_set, h, l->labels, &added);
            if (!st && added) l->labels++;
            if (!st)
                st = add_arrow(l, (struct arrow){from, from + 1, hashset_find(&l->label_set, h)});
        }
        if (st) return st;
    }
    return SIBYL_OK;
}

static enum status add_chain(struct language *l, const struct file_space *f, const struct part *p)
{
    enum status st = SIBYL_OK;
    for (uint32_t s = 0; s < p->stages && !st && !l->large; s++) {
        uint32_t begin = l->places - 1;
        for (uint32_t i = 0; i < p->blocks_max && !st && !l->large; i++)
            st = add_block(l, f, p, p->depth_count ? s : i, l->places++ - 1);
        /* From where a stage may end to its last place. Blocks of different depths are the same
         * places, so a stage that may end early gets a place of its own behind it. */
        if (!p->depth_count) continue;
        uint32_t end = l->places++;
        for (uint32_t d = 0; d < p->depth_count && !st; d++)
            st = add_skip(l, begin + p->depths[d], end);
    }
    return st;
}

static int by_from(const void *a, const void *b)
{
    const struct arrow *x = a, *y = b;
    if (x->from != y->from) return (x->from > y->from) - (x->from < y->from);
    return (x->label > y->label) - (x->label < y->label);
}

/* ---- words ---- */

struct word_state {
    uint64_t *places; /* bits */
    struct big_count words;
    bool done;
};

struct words {
    const struct language *l;
    size_t limbs;
    struct word_state *states;
    size_t count, capacity;
    struct hashset set;
    uint64_t work;
    size_t *first; /* (places + 1) of arrows */
};

/* Adds what can be reached without reading. Skips lead forward, and are few for each place. */
static void close_over(const struct words *w, uint64_t *places)
{
    const struct language *l = w->l;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < l->skip_count; i++) {
            uint64_t from = l->skips[i][0], to = l->skips[i][1];
            if (!(places[from / 64] >> from % 64 & 1) || places[to / 64] >> to % 64 & 1) continue;
            places[to / 64] |= UINT64_C(1) << to % 64;
            more = true;
        }
    }
}

static enum status find_state(struct words *w, const uint64_t *places, size_t *out)
{
    bool added;
    struct hash128 h = digest_xxh128(places, w->limbs * sizeof(*places));
    enum status st = hashset_add(&w->set, h, (uint32_t)w->count, &added);
    if (st) return st;
    if (added) {
        if (!grow(&w->states, w->count, &w->capacity, sizeof(*w->states)))
            return err_memory("the count of networks");
        struct word_state *s = &w->states[w->count++];
        *s = (struct word_state){.places = malloc(w->limbs * sizeof(*places))};
        if (!s->places) return err_memory("the count of networks");
        memcpy(s->places, places, w->limbs * sizeof(*places));
    }
    *out = hashset_find(&w->set, h);
    return SIBYL_OK;
}

static int by_label(const void *a, const void *b)
{
    const struct arrow *x = a, *y = b;
    return (x->label > y->label) - (x->label < y->label);
}

/* The states that follow a state, one for each label that can be read in it (list[..].to). */
static enum status follow(struct words *w, size_t at, struct arrow **out, size_t *out_count)
{
    const struct language *l = w->l;
    size_t count = 0, capacity = 0;
    struct arrow *list = NULL;
    enum status st = SIBYL_OK;
    for (uint32_t p = 0; p < l->places && !st; p++) {
        if (!(w->states[at].places[p / 64] >> p % 64 & 1)) continue;
        for (size_t a = w->first[p]; a < w->first[p + 1] && !st; a++) {
            if (!grow(&list, count, &capacity, sizeof(*list)))
                st = err_memory("the count of networks");
            else
                list[count++] = l->arrows[a];
        }
    }
    w->work += count + l->places + l->skip_count;
    if (count) qsort(list, count, sizeof(*list), by_label);
    uint64_t *places = calloc(w->limbs, sizeof(*places));
    if (!places) st = err_memory("the count of networks");
    size_t made = 0;
    for (size_t i = 0; i < count && !st;) {
        size_t to, j = i;
        memset(places, 0, w->limbs * sizeof(*places));
        for (; j < count && list[j].label == list[i].label; j++)
            places[list[j].to / 64] |= UINT64_C(1) << list[j].to % 64;
        close_over(w, places);
        w->work += l->skip_count;
        st = find_state(w, places, &to);
        list[made++] = (struct arrow){.to = (uint32_t)to};
        i = j;
    }
    free(places);
    *out = list;
    *out_count = made;
    return st;
}

/* Words from a state on. */
static enum status count_words(struct words *w, size_t at, struct big_count *out)
{
    struct arrow *list = NULL;
    size_t count = 0;
    uint32_t last = w->l->places - 1;
    if (w->states[at].done) {
        *out = w->states[at].words;
        return SIBYL_OK;
    }
    struct big_count sum = big_count_of(w->states[at].places[last / 64] >> last % 64 & 1);
    enum status st = w->count > STATES_MAX || w->work > WORK_MAX
                         ? err_set(SIBYL_E_RANGE, "too many networks to count")
                         : follow(w, at, &list, &count);
    for (size_t i = 0; i < count && !st; i++) {
        struct big_count more;
        st = count_words(w, list[i].to, &more);
        if (!st) big_count_add(&sum, &more);
    }
    free(list);
    if (st) return st;
    w->states[at].done = true;
    w->states[at].words = sum;
    *out = sum;
    return SIBYL_OK;
}

static enum status language_words(struct language *l, struct big_count *out)
{
    struct words w = {.l = l, .limbs = l->places / 64 + 1};
    size_t first_state;
    enum status st = SIBYL_OK;
    if (l->count) qsort(l->arrows, l->count, sizeof(*l->arrows), by_from);
    w.first = calloc((size_t)l->places + 2, sizeof(*w.first));
    uint64_t *start = calloc(w.limbs, sizeof(*start));
    if (!w.first || !start) st = err_memory("the count of networks");
    for (size_t i = 0; !st && i < l->count; i++) w.first[l->arrows[i].from + 1]++;
    for (uint32_t p = 0; !st && p <= l->places; p++) w.first[p + 1] += w.first[p];
    if (!st) {
        start[0] = 1;
        close_over(&w, start);
        st = find_state(&w, start, &first_state);
    }
    if (!st) st = count_words(&w, first_state, out);
    for (size_t i = 0; i < w.count; i++) free(w.states[i].places);
    free(w.states);
    free(w.first);
    free(start);
    hashset_release(&w.set);
    return st;
}

/* Every point of `choices` gives another input node, so that its words count once for each. */
static enum status chain_networks(const struct file_space *f, bool *out_known,
                                  struct big_count *out)
{
    struct language l = {.places = 1};
    struct big_count words = {0}, inputs = big_count_of(1);
    enum status st = SIBYL_OK;
    for (uint32_t i = 0; i < f->part_count && !st && !l.large; i++) {
        if (f->parts[i].kind == PART_CHOICES)
            big_count_times(&inputs, &f->parts[i].points);
        else
            st = add_chain(&l, f, &f->parts[i]);
    }
    *out_known = false;
    if (!st && !l.large) {
        st = language_words(&l, &words);
        *out_known = !st;
        if (st == SIBYL_E_RANGE) st = SIBYL_OK;
    }
    if (*out_known && l.zero) {
        struct big_count one = big_count_of(1);
        big_count_add(&words, &one);
    }
    if (*out_known) {
        big_count_times(&words, &inputs);
        *out = words;
    }
    free(l.arrows);
    free(l.skips);
    hashset_release(&l.label_set);
    return st;
}

static enum status enumerate(const struct space *s, bool *out_known, struct big_count *out)
{
    struct hashset seen = {0};
    struct arena arena;
    *out_known = s->strings <= SPACE_NETWORKS_POINTS_MAX;
    if (!*out_known) return SIBYL_OK;
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    enum status st = genes ? SIBYL_OK : SIBYL_E_MEM;
    for (uint64_t i = 0; i < s->strings && !st; i++) {
        struct hash128 hash;
        s->at(s, i, genes);
        if (!s->valid(s, genes)) continue;
        st = space_hash(s, genes, &hash);
        if (!st) st = hashset_add(&seen, hash, 0, NULL);
    }
    *out = big_count_of(seen.count);
    hashset_release(&seen);
    arena_release(&arena);
    return st;
}

enum status space_networks(const struct space *s, bool *out_known, struct big_count *out)
{
    const struct file_space *f = s->source ? s->detail : NULL;
    bool chains = f != NULL;
    for (uint32_t i = 0; chains && i < f->part_count; i++)
        chains = f->parts[i].kind == PART_CHAIN || f->parts[i].kind == PART_CHOICES;
    *out_known = false;
    if (chains) {
        enum status st = chain_networks(f, out_known, out);
        if (st || *out_known) return st;
    }
    return enumerate(s, out_known, out);
}
