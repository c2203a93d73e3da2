/* Sampling, edits and crossover of points of a space file. */
#include "search/spaces/space_parts.h"

#include <string.h>

/* ---- sampling ---- */

static void sample_inputs(const struct part *p, struct rng *r, uint16_t *genes)
{
    uint32_t k = p->inputs;
    for (uint32_t i = 0; i < p->nodes; i++) {
        uint16_t *node = genes + (size_t)i * 2 * k;
        uint32_t chosen = 0, before = p->from + i;
        /* Each source is taken with the chance that is left for it: all sets are as likely. */
        for (uint32_t source = 0; source < before; source++)
            if (rng_below(r, before - source) < k - chosen) node[chosen++] = (uint16_t)source;
        for (uint32_t e = 0; e < k; e++) node[k + e] = (uint16_t)rng_below(r, p->operations);
    }
}

static void sample_chain(const struct part *p, struct rng *r, uint16_t *genes)
{
    memset(genes, 0, p->genes * sizeof(*genes));
    for (uint32_t s = 0; s < p->stages; s++) {
        uint32_t depth = p->blocks_max;
        if (p->depth_count) {
            *genes = (uint16_t)rng_below(r, p->depth_count);
            depth = p->depths[*genes++];
        }
        for (uint32_t i = 0; i < depth; i++)
            block_sample(&p->block, r, genes + (size_t)i * p->block.genes);
        genes += (size_t)p->blocks_max * p->block.genes;
    }
}

void file_space_sample(const struct space *s, struct rng *r, uint16_t *out)
{
    const struct file_space *f = s->detail;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        uint16_t *own = out + p->first;
        struct node_cell c;
        switch (p->kind) {
        case PART_EDGES:
            for (uint32_t e = 0; e < p->genes; e++) own[e] = (uint16_t)rng_below(r, p->operations);
            break;
        case PART_NODES:
            node_cells_at(p->cells, rng_below(r, node_cells_points(p->cells)), &c);
            part_cell_pack(p, &c, own);
            break;
        case PART_INPUTS:
            sample_inputs(p, r, own);
            break;
        case PART_CHAIN:
            sample_chain(p, r, own);
            break;
        case PART_CHOICES:
            block_sample(&p->block, r, own);
            break;
        }
    }
}

/* ---- edits ---- */

/* The source of a node's input becomes the step-th of those that it has not, counted on from it. */
static void edit_source(const struct part *p, uint16_t *genes, uint32_t local, uint64_t step)
{
    uint32_t k = p->inputs, before = p->from + local / (2 * k);
    uint16_t *node = genes + (size_t)(local / (2 * k)) * 2 * k, *own = node + local % (2 * k);
    uint32_t source = *own;
    while (step > 0) {
        bool used = false;
        source = (source + 1) % before;
        for (uint32_t e = 0; e < k; e++) used = used || node[e] == source;
        step -= !used;
    }
    *own = (uint16_t)source;
    part_sort_inputs(p, node);
}

static void edit_depth(const struct part *p, struct rng *r, uint16_t *stage, uint64_t step)
{
    uint32_t old = p->depths[*stage], size = p->block.genes;
    *stage = (uint16_t)((*stage + step) % p->depth_count);
    for (uint32_t i = old; i < p->depths[*stage]; i++)
        block_sample(&p->block, r, stage + 1 + (size_t)i * size);
}

static void edit_key(const struct block *b, struct rng *r, uint16_t *genes, uint32_t gene,
                     uint64_t step)
{
    struct block_state before;
    block_resolve(b, genes, &before);
    for (uint32_t i = 0; i < b->key_count; i++)
        if (b->keys[i].choice && b->keys[i].gene == gene)
            genes[gene] = (uint16_t)((genes[gene] + step) % b->keys[i].values);
    block_complete(b, r, &before, genes);
}

/* `gene` of a point in normal form, which counts, takes the value `step` further on. */
static void edit_gene(struct rng *r, const struct gene_place *at, uint64_t step, uint16_t *out)
{
    const struct part *p = at->part;
    uint16_t *own = out + p->first;
    uint32_t length = p->blocks_max * p->block.genes + (p->depth_count > 0);
    switch (p->kind) {
    case PART_EDGES:
    case PART_NODES:
        own[at->local] = (uint16_t)((own[at->local] + step) % at->values);
        break;
    case PART_INPUTS:
        if (at->local % (2 * p->inputs) < p->inputs)
            edit_source(p, own, at->local, step);
        else
            own[at->local] = (uint16_t)((own[at->local] + step) % p->operations);
        break;
    case PART_CHAIN: {
        uint16_t *stage = own + (size_t)(at->local / length) * length;
        uint32_t within = at->local % length, head = p->depth_count > 0;
        if (head && within == 0)
            edit_depth(p, r, stage, step);
        else
            edit_key(&p->block, r,
                     stage + head + (size_t)((within - head) / p->block.genes) * p->block.genes,
                     (within - head) % p->block.genes, step);
        break;
    }
    case PART_CHOICES:
        edit_key(&p->block, r, own, at->local, step);
        break;
    }
    (void)part_normalise(p, own);
}

/* Genes that count and may take another value. */
static bool is_open(const struct gene_place *at)
{
    return at->counts && at->values > 1;
}

static uint32_t count_open(const struct file_space *f, const uint16_t *genes)
{
    uint32_t count = 0;
    for (uint32_t g = 0; g < f->genes; g++) {
        struct gene_place at = file_space_place(f, genes, g);
        count += is_open(&at);
    }
    return count;
}

/* The n-th gene that counts and may take another value. */
static struct gene_place find_open(const struct file_space *f, const uint16_t *genes, uint64_t n)
{
    struct gene_place at = {0};
    for (uint32_t g = 0; g < f->genes; g++) {
        at = file_space_place(f, genes, g);
        if (is_open(&at) && n-- == 0) break;
    }
    return at;
}

/* Whether the cell that own genes tell is one of the space: a flipped edge may leave it none. */
static bool keeps_cell(const struct part *p, const uint16_t *own)
{
    struct node_cell c;
    part_cell_unpack(p, own, &c);
    return node_cells_valid(p->cells, &c);
}

void file_space_edit(const struct space *s, struct rng *r, const uint16_t *parent, uint16_t *out)
{
    const struct file_space *f = s->detail;
    if (out != parent) memcpy(out, parent, f->genes * sizeof(*out));
    uint32_t open = count_open(f, out);
    if (!open) return;
    struct gene_place at = find_open(f, out, rng_below(r, open));
    if (at.part->kind == PART_NODES) {
        struct node_cell c;
        part_cell_unpack(at.part, out + at.part->first, &c);
        if (node_cells_edit(at.part->cells, r, &c))
            part_cell_pack(at.part, &c, out + at.part->first);
        return;
    }
    edit_gene(r, &at, 1 + rng_below(r, at.values - 1), out);
}

bool file_space_edit_at(const struct space *s, struct rng *r, const uint16_t *parent,
                        uint64_t index, uint16_t *out)
{
    const struct file_space *f = s->detail;
    memcpy(out, parent, f->genes * sizeof(*out));
    for (uint32_t g = 0; g < f->genes; g++) {
        struct gene_place at = file_space_place(f, parent, g);
        if (!is_open(&at)) continue;
        if (index >= at.values - 1) {
            index -= at.values - 1;
            continue;
        }
        edit_gene(r, &at, 1 + index, out);
        if (at.part->kind == PART_NODES && !keeps_cell(at.part, out + at.part->first))
            memcpy(out, parent, f->genes * sizeof(*out));
        return true;
    }
    return false;
}

/* ---- crossover ---- */

static void take(uint16_t *out, const uint16_t *from, uint32_t count)
{
    memcpy(out, from, count * sizeof(*out));
}

static void cross_nodes(const struct part *p, struct rng *r, const uint16_t *const from[2],
                        uint16_t *out)
{
    struct node_cell base, other;
    uint32_t swap = (uint32_t)rng_below(r, 2);
    part_cell_unpack(p, from[swap], &base);
    part_cell_unpack(p, from[!swap], &other);
    for (uint32_t k = 1; k + 1 < base.nodes && k + 1 < other.nodes; k++)
        if (rng_below(r, 2)) base.op[k] = other.op[k];
    part_cell_pack(p, &base, out);
}

/* Each stage has the depth of one parent, and each block is that of a parent that has it. */
static void cross_chain(const struct part *p, struct rng *r, const uint16_t *const from[2],
                        uint16_t *out)
{
    uint32_t head = p->depth_count > 0, size = p->block.genes;
    uint32_t length = p->blocks_max * size + head;
    memset(out, 0, p->genes * sizeof(*out));
    for (uint32_t s = 0; s < p->stages; s++) {
        const uint16_t *stage[2] = {from[0] + (size_t)s * length, from[1] + (size_t)s * length};
        uint16_t *own = out + (size_t)s * length;
        uint32_t depth[2] = {p->blocks_max, p->blocks_max}, first = 0;
        if (head) {
            first = (uint32_t)rng_below(r, 2);
            for (int k = 0; k < 2; k++) depth[k] = p->depths[stage[k][0]];
            own[0] = stage[first][0];
        }
        for (uint32_t i = 0; i < depth[first]; i++) {
            uint32_t chosen = i < depth[!first] ? (uint32_t)rng_below(r, 2) : first;
            size_t at = head + (size_t)i * size;
            take(own + at, stage[chosen] + at, size);
        }
    }
}

void file_space_cross(const struct space *s, struct rng *r, const uint16_t *a, const uint16_t *b,
                      uint16_t *out)
{
    const struct file_space *f = s->detail;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        const uint16_t *const from[2] = {a + p->first, b + p->first};
        uint16_t *own = out + p->first;
        uint32_t unit = p->kind == PART_EDGES    ? 1
                        : p->kind == PART_INPUTS ? 2 * p->inputs
                                                 : p->genes;
        if (p->kind == PART_NODES)
            cross_nodes(p, r, from, own);
        else if (p->kind == PART_CHAIN)
            cross_chain(p, r, from, own);
        else
            for (uint32_t at = 0; at < p->genes; at += unit)
                take(own + at, from[rng_below(r, 2)] + at, unit);
    }
}
