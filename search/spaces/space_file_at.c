/* The points of a space file by index: the first gene is the most significant digit. */
#include "search/spaces/space_parts.h"

#include <string.h>

static uint64_t choose(uint64_t n, uint64_t k)
{
    unsigned __int128 c = 1;
    if (k > n) return 0;
    for (uint64_t i = 0; i < k; i++) c = c * (n - i) / (i + 1);
    return (uint64_t)c;
}

uint64_t part_input_sets(const struct part *p, uint32_t node)
{
    return choose(p->from + node, p->inputs);
}

static uint64_t power(uint64_t base, uint32_t exponent)
{
    uint64_t product = 1;
    while (exponent-- > 0) product *= base;
    return product;
}

/* The index-th set of `k` of the numbers below `n`, in lexicographic order. */
static void set_at(uint64_t index, uint32_t n, uint32_t k, uint16_t *out)
{
    uint32_t next = 0;
    for (uint32_t e = 0; e < k; e++, next++) {
        for (;; next++) {
            uint64_t with = choose(n - next - 1, k - e - 1);
            if (index < with) break;
            index -= with;
        }
        out[e] = (uint16_t)next;
    }
}

static void inputs_at(const struct part *p, uint64_t index, uint16_t *genes)
{
    uint32_t k = p->inputs;
    for (uint32_t i = p->nodes; i-- > 0;) {
        uint16_t *node = genes + (size_t)i * 2 * k;
        for (uint32_t e = k; e-- > 0;) {
            node[k + e] = (uint16_t)(index % p->operations);
            index /= p->operations;
        }
        uint64_t sets = part_input_sets(p, i);
        set_at(index % sets, p->from + i, k, node);
        index /= sets;
    }
}

static void blocks_at(const struct part *p, uint64_t index, uint32_t count, uint16_t *genes)
{
    for (uint32_t i = count; i-- > 0;) {
        block_at(&p->block, index % p->block.count, genes + (size_t)i * p->block.genes);
        index /= p->block.count;
    }
}

static void chain_at(const struct part *p, uint64_t index, uint16_t *genes)
{
    memset(genes, 0, p->genes * sizeof(*genes));
    if (!p->depth_count) {
        blocks_at(p, index, p->blocks_max, genes);
        return;
    }
    uint64_t stage = 0;
    uint32_t length = p->blocks_max * p->block.genes + 1;
    for (uint32_t d = 0; d < p->depth_count; d++) stage += power(p->block.count, p->depths[d]);
    for (uint32_t s = p->stages; s-- > 0;) {
        uint16_t *own = genes + (size_t)s * length;
        uint64_t rest = index % stage;
        index /= stage;
        for (uint32_t d = 0; d < p->depth_count; d++) {
            uint64_t blocks = power(p->block.count, p->depths[d]);
            if (rest >= blocks) {
                rest -= blocks;
                continue;
            }
            own[0] = (uint16_t)d;
            blocks_at(p, rest, p->depths[d], own + 1);
            break;
        }
    }
}

void file_space_at(const struct space *s, uint64_t index, uint16_t *out)
{
    const struct file_space *f = s->detail;
    SIBYL_BUG_IF(s->strings == SPACE_STRINGS_MANY || index >= s->strings);
    for (uint32_t i = f->part_count; i-- > 0;) {
        const struct part *p = &f->parts[i];
        uint16_t *own = out + p->first;
        uint64_t digit = index % p->count;
        struct node_cell c;
        index /= p->count;
        switch (p->kind) {
        case PART_EDGES:
            for (uint32_t e = p->genes; e-- > 0; digit /= p->operations)
                own[e] = (uint16_t)(digit % p->operations);
            break;
        case PART_NODES:
            node_cells_at(p->cells, digit, &c);
            part_cell_pack(p, &c, own);
            break;
        case PART_INPUTS:
            inputs_at(p, digit, own);
            break;
        case PART_CHAIN:
            chain_at(p, digit, own);
            break;
        case PART_CHOICES:
            block_at(&p->block, digit, own);
            break;
        }
    }
}
