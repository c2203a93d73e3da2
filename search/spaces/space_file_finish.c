/* What follows from the parts of a space file: the layout of genes, counts, sizes, and rows of
 * attributes. */
#include "search/spaces/space_parts.h"

#include "base/hashset.h"
#include "base/yaml/tree.h"

#include <math.h>
#include <string.h>

#define GRAPH_NODES_MOST 200000
#define GRAPH_EDGES_MOST 4000000

static enum status fault(const struct tree *t, size_t line, const char *path, const char *what)
{
    const struct tree_node at = {.line = line};
    return tree_fault(t, &at, path, "%s", what);
}

/* ---- parts among one another ---- */

static uint32_t count_kind(const struct file_space *f, enum part_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->part_count; i++) count += f->parts[i].kind == kind;
    return count;
}

static enum status check_inputs(struct file_space *f, const struct tree *t)
{
    uint32_t cells = count_kind(f, PART_INPUTS), before = 0;
    f->input_count = 1;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        if (p->kind == PART_CHOICES) continue;
        if (p->kind != PART_INPUTS) {
            before++;
            if (cells > 1)
                return fault(t, p->line, "parts",
                             "beside several parts with `cell: inputs`, which are the cells of one "
                             "network, only `choices` may stand");
            continue;
        }
        if (p->from + p->nodes > 64)
            return fault(t, p->line, "parts", "`from` and `nodes` together may be at most 64");
        if (cells > 1 && !p->named)
            return fault(t, p->line, "parts", "each of several cells needs a name");
        for (uint32_t k = 0; k < i; k++)
            if (f->parts[k].kind == PART_INPUTS && cells > 1 &&
                (!strcmp(f->parts[k].name, p->name) || f->parts[k].from != p->from))
                return fault(t, p->line, "parts",
                             "the cells of one network need different names and one number of "
                             "cell inputs (from)");
        if (p->from > 1 && before)
            return fault(t, p->line, "parts",
                         "a cell with several cell inputs (from) cannot stand behind another part, "
                         "which has one output");
        f->input_count = p->from;
        if (cells == 1) before++;
    }
    return SIBYL_OK;
}

static enum status check_unique_keys(const struct file_space *f, const struct tree *t)
{
    for (uint32_t i = 0; i < f->part_count; i++)
        for (uint32_t j = 0; j < i; j++) {
            const struct part *p = &f->parts[i], *q = &f->parts[j];
            if (p->named && q->named && !strcmp(p->name, q->name))
                return fault(t, p->line, p->name, "two parts have this name");
            if (p->kind != PART_CHOICES || q->kind != PART_CHOICES) continue;
            for (uint32_t a = 0; a < p->block.key_count; a++)
                for (uint32_t b = 0; b < q->block.key_count; b++)
                    if (!strcmp(p->block.keys[a].name, q->block.keys[b].name))
                        return fault(t, p->block.keys[a].line, p->block.keys[a].name,
                                     "stands in two parts `choices`");
        }
    return SIBYL_OK;
}

/* ---- genes and points ---- */

static enum status lay_cell(struct part *p, struct arena *arena)
{
    const struct big_count operations = big_count_of(p->operations);
    uint32_t pairs = p->nodes * (p->nodes - 1) / 2;
    if (p->kind == PART_EDGES) {
        p->genes = pairs;
        p->points = big_count_power(&operations, pairs);
        return SIBYL_OK;
    }
    if (p->kind == PART_NODES) {
        p->genes = pairs + p->nodes - 2;
        p->cells = arena_alloc(arena, sizeof(*p->cells));
        enum status st =
            p->cells ? node_cells_init(p->cells, arena, p->nodes, p->edges_max, p->operations)
                     : SIBYL_E_MEM;
        if (!st) p->points = big_count_of(node_cells_points(p->cells));
        return st;
    }
    p->genes = 2 * p->inputs * p->nodes;
    p->points = big_count_power(&operations, p->inputs * p->nodes);
    for (uint32_t i = 0; i < p->nodes; i++) {
        big_count_multiply(&p->points, part_input_sets(p, i));
    }
    return SIBYL_OK;
}

static void lay_chain(struct part *p)
{
    p->genes = p->stages * (p->blocks_max * p->block.genes + (p->depth_count > 0));
    if (!p->depth_count) {
        p->points = big_count_power(&p->block.points, p->blocks_max);
        return;
    }
    struct big_count stage = {0};
    for (uint32_t i = 0; i < p->depth_count; i++) {
        struct big_count blocks = big_count_power(&p->block.points, p->depths[i]);
        big_count_add(&stage, &blocks);
    }
    p->points = big_count_of(1);
    for (uint32_t i = 0; i < p->stages && !p->points.over; i++) big_count_times(&p->points, &stage);
}

static enum status lay_out(struct file_space *f, struct arena *arena, const struct tree *t)
{
    uint64_t genes = 0;
    f->points = big_count_of(1);
    for (uint32_t i = 0; i < f->part_count; i++) {
        struct part *p = &f->parts[i];
        enum status st = SIBYL_OK;
        if (p->kind == PART_CHAIN &&
            (uint64_t)p->stages * p->blocks_max * (p->block.genes + 1) > SPACE_GENES_MAX)
            return fault(t, p->line, "parts", "more than 65536 choices");
        if (p->kind == PART_CHAIN) {
            lay_chain(p);
        } else if (p->kind == PART_CHOICES) {
            p->genes = p->block.genes;
            p->points = p->block.points;
        } else {
            st = lay_cell(p, arena);
        }
        if (st) return st;
        p->first = (uint32_t)genes;
        genes += p->genes;
        if (genes > SPACE_GENES_MAX) return fault(t, p->line, "parts", "more than 65536 choices");
        if (!big_count_small(&p->points, &p->count)) p->count = 0;
        big_count_times(&f->points, &p->points);
    }
    if (genes == 0)
        return fault(t, 1, "parts", "there is nothing to choose: no key has a list of values");
    f->genes = (uint32_t)genes;
    return SIBYL_OK;
}

/* Evaluating programs get all choices in one object, by name. */
static enum status check_gene_names(const struct file_space *f, const struct tree *t)
{
    struct hashset names = {0};
    enum status st = SIBYL_OK;
    for (uint32_t g = 0; g < f->genes && !st; g++) {
        char name[160];
        bool added = false;
        const struct tree_node at = {.line = file_space_place(f, NULL, g).part->line};
        file_space_gene_name(f, g, name, sizeof(name));
        st = hashset_add(&names, digest_xxh128(name, strlen(name)), g, &added);
        if (!st && !added)
            st = tree_fault(t, &at, "parts",
                            "two choices are both called \"%.160s\"; give the parts other names",
                            name);
    }
    hashset_release(&names);
    return st;
}

/* ---- attributes ---- */

static void take_number(float *lowest, bool *zero, float value)
{
    if (value < *lowest) *lowest = value;
    if (!(value < 0 || value > 0)) *zero = true;
}

/* 0 where no node has 0 for this attribute; else one less than the lowest, or the next number below
 * it where that is further away. */
static float absent_value(const struct file_space *f, uint32_t attribute)
{
    float lowest = 0;
    bool zero = false;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        for (uint32_t k = 0; k < p->fixed_count; k++)
            for (uint32_t v = 0; p->fixed[k].attribute == attribute && v < p->fixed[k].count; v++)
                take_number(&lowest, &zero, p->fixed[k].values[v]);
        for (uint32_t k = 0; k < p->block.key_count; k++) {
            const struct block_key *key = &p->block.keys[k];
            for (uint32_t v = 0; key->numbers && key->attribute == attribute && v < key->values;
                 v++)
                take_number(&lowest, &zero, key->numbers[v]);
        }
    }
    return zero ? fminf(lowest - 1, nextafterf(lowest, -INFINITY)) : 0;
}

static enum status make_rows(struct file_space *f, struct arena *arena)
{
    f->absent = arena_calloc(arena, (size_t)f->attributes + 1, sizeof(*f->absent));
    if (!f->absent) return SIBYL_E_MEM;
    for (uint32_t a = 0; a < f->attributes; a++) f->absent[a] = absent_value(f, a);
    for (uint32_t i = 0; i < f->part_count; i++) {
        struct part *p = &f->parts[i];
        p->rows = arena_calloc(arena, (size_t)p->places * f->attributes + 1, sizeof(*p->rows));
        if (!p->rows) return SIBYL_E_MEM;
        for (uint32_t place = 0; place < p->places; place++) {
            float *row = p->rows + (size_t)place * f->attributes;
            memcpy(row, f->absent, f->attributes * sizeof(*row));
            for (uint32_t k = 0; k < p->fixed_count; k++)
                row[p->fixed[k].attribute] = p->fixed[k].values[p->fixed[k].count > 1 ? place : 0];
        }
    }
    return SIBYL_OK;
}

/* ---- sizes ---- */

static enum status size_graphs(struct file_space *f, const struct tree *t)
{
    uint64_t nodes = f->input_count + 1, edges = 0, ends = 1, cells = 0;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        uint64_t n = p->nodes, last = n - 1, blocks = (uint64_t)p->stages * p->blocks_max;
        switch (p->kind) {
        case PART_EDGES:
            nodes += p->genes;
            edges += last * ends + n * n * n / 6;
            ends = last;
            break;
        case PART_NODES:
            nodes += n - 2;
            edges += n * n + n * ends;
            ends += n - 2;
            break;
        case PART_INPUTS:
            nodes += n * (p->inputs + 1);
            edges += n * p->inputs * (ends + 1);
            cells += n;
            ends = p->from > 1 ? cells : n;
            break;
        case PART_CHAIN:
            nodes += blocks;
            edges += ends + blocks;
            break;
        case PART_CHOICES:
            break;
        }
        if (nodes > GRAPH_NODES_MOST || edges > GRAPH_EDGES_MOST)
            return fault(t, p->line, "parts", "the networks of this space are too large");
    }
    f->nodes_max = (uint32_t)nodes;
    f->edges_max = edges + ends + cells;
    return SIBYL_OK;
}

/* ---- texts ---- */

/* Letters, digits and underscores, and no digit first. */
static bool is_word(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return !name[length] && !strchr("0123456789", *name);
}

/* As what a genotype says of the nodes that a cell joins does. */
static bool ends_in_concat(const char *name)
{
    static const char end[] = "_concat";
    size_t length = strlen(name), tail = sizeof(end) - 1;
    return length >= tail && !strcmp(name + length - tail, end);
}

static enum status check_text_form(const struct file_space *f, const struct tree *t)
{
    uint32_t own = 0;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        enum part_kind want = f->text == SPACE_TEXT_GENOTYPE ? PART_INPUTS : PART_EDGES;
        own += p->genes > 0;
        if (f->text == SPACE_TEXT_INDICES || p->genes == 0) continue;
        if (p->kind != want || (want == PART_EDGES && own > 1))
            return fault(t, p->line, "text",
                         want == PART_EDGES
                             ? "nasbench201 is for a space of one part, with `cell: edges`"
                             : "genotype is for a space whose parts are all `cell: inputs`");
        for (uint32_t k = 0; k < p->operations; k++)
            if (strpbrk(p->operation_names[k], "|~+'\"\\()[],"))
                return fault(t, p->operations_line, "operations",
                             "a name has a character that this form of text cannot hold");
        if (want == PART_INPUTS && (!is_word(p->name) || ends_in_concat(p->name)))
            return fault(t, p->line, "name",
                         "it has to be a word that does not end in _concat, as it stands in "
                         "genotypes");
    }
    return SIBYL_OK;
}

static uint32_t values_most(const struct part *p)
{
    uint32_t most = p->kind == PART_NODES && p->operations < 2 ? 2 : p->operations;
    if (p->kind == PART_INPUTS && p->from + p->nodes - 1 > most) most = p->from + p->nodes - 1;
    if (p->depth_count > most) most = p->depth_count;
    for (uint32_t k = 0; k < p->block.key_count; k++)
        if (p->block.keys[k].values > most) most = p->block.keys[k].values;
    return most;
}

static enum status check_separator(const struct file_space *f, const struct tree *t)
{
    if (*f->separator || f->text != SPACE_TEXT_INDICES) return SIBYL_OK;
    for (uint32_t i = 0; i < f->part_count; i++)
        if (values_most(&f->parts[i]) > 10)
            return fault(t, f->parts[i].line, "separator",
                         "it is empty, but a choice has more than ten values");
    return SIBYL_OK;
}

enum status space_file_finish(struct file_space *f, struct arena *arena, const struct tree *t)
{
    enum status st = check_inputs(f, t);
    if (!st) st = check_unique_keys(f, t);
    if (!st) st = lay_out(f, arena, t);
    if (!st) st = check_gene_names(f, t);
    if (!st) st = check_text_form(f, t);
    if (!st) st = check_separator(f, t);
    if (!st) st = size_graphs(f, t);
    if (!st) st = make_rows(f, arena);
    return st ? st : space_file_names(f, arena, t);
}
