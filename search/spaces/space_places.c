/* Where each gene of a space file stands: whether it counts, and what it is called. */
#include "search/spaces/space_parts.h"
#include "search/spaces/space_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a gene of a chain stands. */
struct chain_place {
    uint32_t stage, block, gene;
    bool depth;
    const uint16_t *block_genes;
    bool there; /* within the depth */
};

static struct chain_place chain_place(const struct part *p, const uint16_t *genes, uint32_t local)
{
    uint32_t head = p->depth_count > 0, length = p->blocks_max * p->block.genes + head;
    struct chain_place at = {.stage = local / length};
    uint32_t within = local % length;
    const uint16_t *stage = genes ? genes + (size_t)at.stage * length : NULL;
    at.depth = head && within == 0;
    at.there = true;
    if (at.depth) return at;
    at.block = (within - head) / p->block.genes;
    at.gene = (within - head) % p->block.genes;
    if (!genes) return at;
    at.block_genes = stage + head + (size_t)at.block * p->block.genes;
    at.there = !head || at.block < p->depths[stage[0]];
    return at;
}

static const struct block_key *key_of(const struct block *b, uint32_t gene, uint32_t *out_key)
{
    for (uint32_t i = 0; i < b->key_count; i++) {
        if (!b->keys[i].choice || b->keys[i].gene != gene) continue;
        if (out_key) *out_key = i;
        return &b->keys[i];
    }
    return NULL;
}

static void place_in_block(const struct block *b, const uint16_t *genes, uint32_t gene,
                           struct gene_place *out)
{
    struct block_state state;
    uint32_t key = 0;
    block_resolve(b, genes, &state);
    out->values = key_of(b, gene, &key)->values;
    out->counts = state.value[key] != BLOCK_ABSENT;
}

/* The part that a gene is of. */
static const struct part *part_of(const struct file_space *f, uint32_t gene)
{
    uint32_t low = 0, high = f->part_count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (gene < f->parts[middle].first + f->parts[middle].genes)
            high = middle;
        else
            low = middle + 1;
    }
    return &f->parts[low];
}

struct gene_place file_space_place(const struct file_space *f, const uint16_t *genes, uint32_t gene)
{
    const struct part *p = part_of(f, gene);
    struct gene_place out = {p, gene - p->first, true, p->operations};
    uint32_t per_node = 2 * p->inputs;
    struct node_cell c;
    if (!genes) return out;
    const uint16_t *own = genes + p->first;
    switch (p->kind) {
    case PART_EDGES:
        break;
    case PART_NODES:
        part_cell_unpack(p, own, &c);
        out.values = 2;
        if (out.local < node_cell_bit(0, p->nodes)) break;
        out.values = p->operations;
        out.counts = out.local - node_cell_bit(0, p->nodes) + 2 < c.nodes;
        break;
    case PART_INPUTS:
        if (out.local % per_node < p->inputs)
            out.values = p->from + out.local / per_node - p->inputs + 1;
        break;
    case PART_CHAIN: {
        struct chain_place at = chain_place(p, own, out.local);
        out.values = p->depth_count;
        out.counts = at.there;
        if (!at.depth && at.there) place_in_block(&p->block, at.block_genes, at.gene, &out);
        break;
    }
    case PART_CHOICES:
        place_in_block(&p->block, own, out.local, &out);
        break;
    }
    return out;
}

void part_cell_unpack(const struct part *p, const uint16_t *genes, struct node_cell *out)
{
    uint32_t n = p->nodes, pair = 0, matrix[NODE_CELL_NODES_MAX] = {0};
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++) matrix[j] |= (uint32_t)(genes[pair++] & 1) << i;
    *out = (struct node_cell){.nodes = n};
    memcpy(out->sources, matrix, n * sizeof(*matrix));
    for (uint32_t k = 1; k + 1 < n; k++) out->op[k] = genes[pair + k - 1];
    uint32_t live = node_cell_live(out);
    if (live) node_cell_keep(out, live);
}

void part_cell_pack(const struct part *p, const struct node_cell *c, uint16_t *genes)
{
    uint32_t n = p->nodes, pair = 0;
    memset(genes, 0, p->genes * sizeof(*genes));
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++, pair++) {
            /* The last node is the output, also where there are fewer nodes. */
            uint32_t to = j + 1 == n ? c->nodes - 1 : j;
            if (i + 1 < c->nodes && (j + 1 == n || j + 1 < c->nodes))
                genes[pair] = (uint16_t)(c->sources[to] >> i & 1);
        }
    for (uint32_t k = 1; k + 1 < c->nodes; k++) genes[pair + k - 1] = (uint16_t)c->op[k];
}

/* "0-1" of a pair, by edges' order (column by column) or by a matrix's (row by row). */
static void pair_name(const struct part *p, uint32_t pair, char *out, size_t bytes)
{
    uint32_t at = 0;
    for (uint32_t a = 0; a < p->nodes; a++)
        for (uint32_t b = 0; b < p->nodes; b++) {
            uint32_t from = p->kind == PART_EDGES ? b : a, to = p->kind == PART_EDGES ? a : b;
            if (from >= to || at++ != pair) continue;
            snprintf(out, bytes, "%u-%u", from, to);
            return;
        }
}

void file_space_gene_name(const struct file_space *f, uint32_t gene, char *out, size_t bytes)
{
    struct gene_place at = file_space_place(f, NULL, gene);
    const struct part *p = at.part;
    char pair[32] = "";
    uint32_t pairs = p->nodes * (p->nodes - 1) / 2, per_node = 2 * p->inputs;
    if (p->kind == PART_CHOICES) {
        snprintf(out, bytes, "%s", key_of(&p->block, at.local, NULL)->name);
    } else if (p->kind == PART_CHAIN) {
        struct chain_place c = chain_place(p, NULL, at.local);
        char stage[48] = "", block[48] = "";
        if (p->depth_count) snprintf(stage, sizeof(stage), ".stage%u", c.stage);
        if (!c.depth) snprintf(block, sizeof(block), ".block%u", c.block);
        snprintf(out, bytes, "%s%s%s.%s", p->name, stage, block,
                 c.depth ? "depth" : key_of(&p->block, c.gene, NULL)->name);
    } else if (p->kind == PART_INPUTS) {
        uint32_t within = at.local % per_node;
        bool source = within < p->inputs;
        snprintf(out, bytes, "%s.node%u.%s%u", p->name, at.local / per_node,
                 source ? "input" : "operation", source ? within : within - p->inputs);
    } else if (at.local < pairs) {
        pair_name(p, at.local, pair, sizeof(pair));
        snprintf(out, bytes, "%s.%s%s", p->name, p->kind == PART_NODES ? "edge" : "", pair);
    } else {
        snprintf(out, bytes, "%s.operation%u", p->name, at.local - pairs + 1);
    }
}

/* ---- values ---- */

/* The words of a gene's values; NULL: they are the numbers themselves. */
static const char *const *words_of(const struct gene_place *at)
{
    const struct part *p = at->part;
    uint32_t pairs = p->nodes * (p->nodes - 1) / 2;
    if (p->kind == PART_EDGES) return p->operation_names;
    if (p->kind == PART_NODES) return at->local < pairs ? NULL : p->operation_names;
    if (p->kind == PART_INPUTS)
        return at->local % (2 * p->inputs) < p->inputs ? NULL : p->operation_names;
    if (p->kind == PART_CHOICES) return key_of(&p->block, at->local, NULL)->words;
    struct chain_place c = chain_place(p, NULL, at->local);
    return c.depth ? NULL : key_of(&p->block, c.gene, NULL)->words;
}

/* How many values a gene may have at all. */
static uint32_t values_of(const struct gene_place *at)
{
    const struct part *p = at->part;
    uint32_t pairs = p->nodes * (p->nodes - 1) / 2;
    if (p->kind == PART_EDGES) return p->operations;
    if (p->kind == PART_NODES) return at->local < pairs ? 2 : p->operations;
    if (p->kind == PART_INPUTS) {
        bool source = at->local % (2 * p->inputs) < p->inputs;
        return source ? p->from + at->local / (2 * p->inputs) : p->operations;
    }
    if (p->kind == PART_CHOICES) return key_of(&p->block, at->local, NULL)->values;
    struct chain_place c = chain_place(p, NULL, at->local);
    return c.depth ? p->depth_count : key_of(&p->block, c.gene, NULL)->values;
}

void file_space_value(const struct file_space *f, uint32_t gene, uint16_t value, char *out,
                      size_t bytes, bool *out_number)
{
    struct gene_place at = file_space_place(f, NULL, gene);
    const struct part *p = at.part;
    const char *const *words = words_of(&at);
    *out_number = !words;
    if (words) {
        const struct block_key *k = NULL;
        if (p->kind == PART_CHOICES) k = key_of(&p->block, at.local, NULL);
        if (p->kind == PART_CHAIN) k = key_of(&p->block, chain_place(p, NULL, at.local).gene, NULL);
        *out_number = k && k->numbers;
        snprintf(out, bytes, "%s", words[value]);
    } else {
        snprintf(out, bytes, "%u", p->kind == PART_CHAIN ? p->depths[value] : value);
    }
}

bool file_space_find_value(const struct file_space *f, uint32_t gene, const char *text,
                           uint16_t *out)
{
    struct gene_place at = file_space_place(f, NULL, gene);
    uint32_t count = values_of(&at), found = count;
    for (uint32_t v = 0; v < count; v++) {
        char word[160];
        bool number, same;
        file_space_value(f, gene, (uint16_t)v, word, sizeof(word), &number);
        same = !strcmp(word, text);
        if (same || (found == count && space_table_value_is(word, text))) found = v;
        if (same) break;
    }
    if (found < count) *out = (uint16_t)found;
    return found < count;
}

bool file_space_in_range(const struct file_space *f, uint32_t gene, uint16_t value)
{
    struct gene_place at = file_space_place(f, NULL, gene);
    return value < values_of(&at);
}

bool file_space_is_depth(const struct file_space *f, uint32_t gene)
{
    struct gene_place at = file_space_place(f, NULL, gene);
    return at.part->kind == PART_CHAIN && chain_place(at.part, NULL, at.local).depth;
}

bool file_space_within_depth(const struct file_space *f, const uint16_t *genes, uint32_t gene)
{
    struct gene_place at = file_space_place(f, NULL, gene);
    return at.part->kind != PART_CHAIN ||
           chain_place(at.part, genes + at.part->first, at.local).there;
}
