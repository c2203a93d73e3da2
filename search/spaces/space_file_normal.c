/* The normal form of points of a space file. */
#include "search/spaces/space_parts.h"

#include <string.h>

static const char *normalise_nodes(const struct part *p, uint16_t *genes)
{
    struct node_cell c;
    uint32_t pairs = node_cell_bit(0, p->nodes);
    for (uint32_t i = 0; i < pairs; i++)
        if (genes[i] > 1) return "an entry of a matrix is neither 0 nor 1";
    part_cell_unpack(p, genes, &c);
    if (!node_cell_live(&c)) return "no path leads from the first node of a cell to the last";
    if (node_cell_edges(&c) > p->edges_max) return "a cell has too many edges";
    for (uint32_t k = 1; k + 1 < c.nodes; k++)
        if (c.op[k] >= p->operations) return "an operation is out of range";
    part_cell_pack(p, &c, genes);
    return NULL;
}

void part_sort_inputs(const struct part *p, uint16_t *node)
{
    uint32_t k = p->inputs;
    for (uint32_t i = 1; i < k; i++)
        for (uint32_t j = i; j > 0 && node[j - 1] > node[j]; j--) {
            uint16_t source = node[j], op = node[k + j];
            node[j] = node[j - 1];
            node[k + j] = node[k + j - 1];
            node[j - 1] = source;
            node[k + j - 1] = op;
        }
}

static const char *normalise_inputs(const struct part *p, uint16_t *genes)
{
    uint32_t k = p->inputs;
    for (uint32_t i = 0; i < p->nodes; i++) {
        uint16_t *node = genes + (size_t)i * 2 * k;
        for (uint32_t e = 0; e < k; e++) {
            if (node[e] >= p->from + i) return "an input of a node does not come before it";
            if (node[k + e] >= p->operations) return "an operation is out of range";
        }
        part_sort_inputs(p, node);
        for (uint32_t e = 1; e < k; e++)
            if (node[e] == node[e - 1]) return "a node has one input twice";
    }
    return NULL;
}

static const char *normalise_chain(const struct part *p, uint16_t *genes)
{
    for (uint32_t s = 0; s < p->stages; s++) {
        uint32_t depth = p->blocks_max, size = p->block.genes;
        if (p->depth_count) {
            if (*genes >= p->depth_count) return "a depth is out of range";
            depth = p->depths[*genes++];
        }
        for (uint32_t i = 0; i < depth; i++)
            if (!block_normalise(&p->block, genes + (size_t)i * size))
                return "a choice of a block is out of range";
        if (size)
            memset(genes + (size_t)depth * size, 0,
                   (size_t)(p->blocks_max - depth) * size * sizeof(*genes));
        genes += (size_t)p->blocks_max * size;
    }
    return NULL;
}

const char *part_normalise(const struct part *p, uint16_t *genes)
{
    switch (p->kind) {
    case PART_EDGES:
        for (uint32_t e = 0; e < p->genes; e++)
            if (genes[e] >= p->operations) return "an operation is out of range";
        return NULL;
    case PART_NODES:
        return normalise_nodes(p, genes);
    case PART_INPUTS:
        return normalise_inputs(p, genes);
    case PART_CHAIN:
        return normalise_chain(p, genes);
    case PART_CHOICES:
        break;
    }
    return block_normalise(&p->block, genes) ? NULL : "a choice is out of range";
}

const char *file_space_normalise(const struct file_space *f, uint16_t *genes)
{
    for (uint32_t i = 0; i < f->part_count; i++) {
        const char *fault = part_normalise(&f->parts[i], genes + f->parts[i].first);
        if (fault) return fault;
    }
    return NULL;
}

static bool is_zero(const uint16_t *genes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (genes[i]) return false;
    return true;
}

/* Of few genes: whether the normal form is no other. */
static bool is_normal(const struct part *p, const struct block *b, const uint16_t *genes,
                      uint32_t count)
{
    uint16_t room[BLOCK_KEYS_MAX + NODE_CELL_PAIRS_MAX];
    memcpy(room, genes, count * sizeof(*genes));
    if (b ? !block_normalise(b, room) : part_normalise(p, room) != NULL) return false;
    return memcmp(room, genes, count * sizeof(*genes)) == 0;
}

static bool valid_chain(const struct part *p, const uint16_t *genes)
{
    uint32_t size = p->block.genes;
    for (uint32_t s = 0; s < p->stages; s++) {
        uint32_t depth = p->blocks_max;
        if (p->depth_count) {
            if (*genes >= p->depth_count) return false;
            depth = p->depths[*genes++];
        }
        for (uint32_t i = 0; i < depth; i++)
            if (!is_normal(p, &p->block, genes + (size_t)i * size, size)) return false;
        if (!is_zero(genes + (size_t)depth * size, (size_t)(p->blocks_max - depth) * size))
            return false;
        genes += (size_t)p->blocks_max * size;
    }
    return true;
}

static bool valid_inputs(const struct part *p, const uint16_t *genes)
{
    uint32_t k = p->inputs;
    for (uint32_t i = 0; i < p->nodes; i++, genes += 2 * k)
        for (uint32_t e = 0; e < k; e++) {
            if (genes[e] >= p->from + i || genes[k + e] >= p->operations) return false;
            if (e && genes[e] <= genes[e - 1]) return false;
        }
    return true;
}

bool file_space_valid(const struct space *s, const uint16_t *genes)
{
    const struct file_space *f = s->detail;
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        const uint16_t *own = genes + p->first;
        bool good = true;
        switch (p->kind) {
        case PART_EDGES:
            for (uint32_t e = 0; e < p->genes; e++) good = good && own[e] < p->operations;
            break;
        case PART_NODES:
            good = is_normal(p, NULL, own, p->genes);
            break;
        case PART_INPUTS:
            good = valid_inputs(p, own);
            break;
        case PART_CHAIN:
            good = valid_chain(p, own);
            break;
        case PART_CHOICES:
            good = is_normal(p, &p->block, own, p->genes);
            break;
        }
        if (!good) return false;
    }
    return true;
}
