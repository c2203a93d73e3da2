/* A tree of YAML into parts. */
#include "search/spaces/space_parts.h"
#include "search/spaces/space_values.h"

#include <stdio.h>
#include <string.h>

#define BLOCKS_MAX 16384
#define CELL_NODES_MAX 64

static const struct tree_node *find(const struct tree_node *n, const char *key)
{
    return tree_find(n, key, strlen(key));
}

uint32_t space_file_attribute(struct file_space *f, const char *name)
{
    for (uint32_t i = 0; i < f->attributes; i++)
        if (!strcmp(f->attribute_names[i], name)) return i;
    if (f->attributes == GRAPH_ATTRIBUTES_MAX) {
        (void)err_set(SIBYL_E_USAGE, "more than %d attributes", GRAPH_ATTRIBUTES_MAX);
        return UINT32_MAX;
    }
    f->attribute_names[f->attributes] = name;
    return f->attributes++;
}

static enum status read_needed(const struct tree *t, const struct tree_node *part, const char *key,
                               const uint32_t bounds[2], uint32_t *out)
{
    const struct tree_node *n = find(part, key);
    if (!n) return tree_fault(t, part, "", "this part needs the key %s", key);
    /* `{max: N}` is another way to say N. */
    if (n->kind == TREE_MAPPING) {
        static const char *const keys[] = {"max", NULL};
        enum status st = space_keys_check(t, n, key, keys);
        if (st) return st;
        if (!find(n, "max")) return tree_fault(t, n, key, "want a number, or {max: N}");
        n = find(n, "max");
    }
    return space_integer_read(t, n, key, bounds, out);
}

static enum status read_operations(struct part *p, struct arena *arena, const struct tree *t,
                                   const struct tree_node *part)
{
    const struct tree_node *n = find(part, "operations");
    struct space_values v;
    if (!n) return tree_fault(t, part, "", "this part needs the key operations: a list of names");
    if (n->kind != TREE_LIST) return tree_fault(t, n, "operations", "want a list of names");
    enum status st = space_values_read(t, n, "operations", false, &v, arena);
    /* Numbers may be names too, but not two spellings of one. */
    if (st) return st;
    p->operations = v.count;
    p->operation_names = v.words;
    p->operations_line = n->line;
    return SIBYL_OK;
}

static enum status read_cell(struct part *p, struct arena *arena, const struct tree *t,
                             const struct tree_node *n)
{
    static const char *const of_edges[] = {"name", "cell", "nodes", "operations", "fixed", NULL};
    static const char *const of_nodes[] = {"name",       "cell",  "nodes", "edges",
                                           "operations", "fixed", NULL};
    static const char *const of_inputs[] = {"name",   "cell",       "from",  "nodes",
                                            "inputs", "operations", "fixed", NULL};
    const struct tree_node *cell = find(n, "cell");
    const char *kind = cell->kind == TREE_TEXT ? cell->text : "";
    const char *const *keys = of_edges;
    const uint32_t sizes[2] = {2, CELL_NODES_MAX}, few[2] = {2, NODE_CELL_NODES_MAX},
                   ones[2] = {1, CELL_NODES_MAX};
    p->kind = PART_EDGES;
    if (!strcmp(kind, "nodes")) {
        p->kind = PART_NODES;
        keys = of_nodes;
    } else if (!strcmp(kind, "inputs")) {
        p->kind = PART_INPUTS;
        keys = of_inputs;
    } else if (strcmp(kind, "edges") != 0) {
        return tree_fault(t, cell, "cell", "want edges, nodes or inputs");
    }
    p->places = 1;
    enum status st = space_keys_check(t, n, "", keys);
    if (!st)
        st = read_needed(t, n, "nodes",
                         p->kind == PART_EDGES   ? sizes
                         : p->kind == PART_NODES ? few
                                                 : ones,
                         &p->nodes);
    if (!st) st = read_operations(p, arena, t, n);
    if (!st && p->kind == PART_NODES) {
        const uint32_t all = p->nodes * (p->nodes - 1) / 2, edges[2] = {1, all};
        p->edges_max = all;
        if (find(n, "edges")) st = read_needed(t, n, "edges", edges, &p->edges_max);
    }
    if (st || p->kind != PART_INPUTS) return st;
    st = read_needed(t, n, "from", ones, &p->from);
    if (!st) st = read_needed(t, n, "inputs", ones, &p->inputs);
    if (!st && p->inputs > p->from)
        st = tree_fault(t, find(n, "inputs"), "inputs",
                        "%u different inputs for the first node, but `from` gives only %u",
                        p->inputs, p->from);
    return st;
}

/* `chain: {stages: S, depth: [..]}` */
static enum status read_stages(struct part *p, struct arena *arena, const struct tree *t,
                               const struct tree_node *chain)
{
    static const char *const keys[] = {"stages", "depth", NULL};
    const uint32_t many[2] = {1, BLOCKS_MAX}, depths[2] = {0, BLOCKS_MAX};
    enum status st = space_keys_check(t, chain, "chain", keys);
    if (!st) st = read_needed(t, chain, "stages", many, &p->stages);
    if (st) return st;
    const struct tree_node *depth = find(chain, "depth");
    if (!depth)
        return tree_fault(t, chain, "chain", "stages need the key depth: a list of numbers");
    bool list = depth->kind == TREE_LIST;
    if (depth->kind == TREE_MAPPING || (list && depth->count == 0))
        return tree_fault(t, depth, "depth", "want a list of whole numbers that is not empty");
    p->depth_count = list ? (uint32_t)depth->count : 1;
    p->depths = arena_calloc(arena, p->depth_count, sizeof(*p->depths));
    if (!p->depths) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < p->depth_count && !st; i++) {
        const struct tree_node *item = list ? depth->items[i] : depth;
        st = space_integer_read(t, item, "depth", depths, &p->depths[i]);
        for (uint32_t k = 0; k < i && !st; k++)
            if (p->depths[k] == p->depths[i])
                st = tree_fault(t, item, "depth", "%u is listed twice", p->depths[i]);
        if (!st && p->depths[i] > p->blocks_max) p->blocks_max = p->depths[i];
    }
    if (!st && (uint64_t)p->stages * p->blocks_max > BLOCKS_MAX)
        st = tree_fault(t, chain, "chain", "more than %d blocks", BLOCKS_MAX);
    if (!st && p->blocks_max == 0) st = tree_fault(t, depth, "depth", "no stage has a block");
    return st;
}

static enum status read_chain(struct part *p, struct file_space *f, struct arena *arena,
                              const struct tree *t, const struct tree_node *n)
{
    static const char *const keys[] = {"name", "chain", "fixed", "block", NULL};
    const struct tree_node *chain = find(n, "chain"), *block = find(n, "block");
    const uint32_t many[2] = {1, BLOCKS_MAX};
    p->kind = PART_CHAIN;
    p->block.base = "block";
    enum status st = space_keys_check(t, n, "", keys);
    if (!st && !block) st = tree_fault(t, n, "", "a chain needs the key block");
    if (!st && chain->kind == TREE_MAPPING) {
        st = read_stages(p, arena, t, chain);
        p->places = p->stages;
    } else if (!st) {
        st = space_integer_read(t, chain, "chain", many, &p->blocks_max);
        p->stages = 1;
        p->places = p->blocks_max;
    }
    return st ? st : block_read(&p->block, f, arena, t, block);
}

static enum status read_fixed_one(struct part *p, struct file_space *f, struct arena *arena,
                                  const struct tree *t, const struct tree_node *const pair[2])
{
    struct part_fixed *x = &p->fixed[p->fixed_count];
    struct space_values v;
    enum status st = space_text_read(t, pair[0], "fixed", 64, &x->name, arena);
    if (!st) st = space_values_read(t, pair[1], x->name, true, &v, arena);
    if (st) return st;
    if (!v.numbers)
        return tree_fault(t, pair[1], x->name, "fixed: want a number, or a list of numbers");
    if (v.list && v.count != p->places)
        return tree_fault(t, pair[1], x->name, "fixed: %u values, want one, or %u: one for each %s",
                          v.count, p->places,
                          p->depth_count          ? "stage"
                          : p->kind == PART_CHAIN ? "block"
                                                  : "part");
    for (uint32_t i = 0; i < p->block.key_count; i++)
        if (!strcmp(p->block.keys[i].name, x->name))
            return tree_fault(t, pair[0], x->name, "stands in the block too, as a choice");
    x->line = pair[0]->line;
    x->count = v.count;
    x->values = arena_alloc(arena, v.count * sizeof(*x->values));
    if (!x->values) return SIBYL_E_MEM;
    memcpy(x->values, v.numbers, v.count * sizeof(*x->values));
    x->attribute = space_file_attribute(f, x->name);
    if (x->attribute == UINT32_MAX) return tree_fault(t, pair[0], x->name, "%s", err_message());
    p->fixed_count++;
    return SIBYL_OK;
}

static enum status read_fixed(struct part *p, struct file_space *f, struct arena *arena,
                              const struct tree *t, const struct tree_node *part)
{
    const struct tree_node *n = find(part, "fixed");
    enum status st = SIBYL_OK;
    if (!n) return SIBYL_OK;
    if (n->kind != TREE_MAPPING) return tree_fault(t, n, "fixed", "want keys with their values");
    p->fixed = arena_calloc(arena, n->count + 1, sizeof(*p->fixed));
    if (!p->fixed) return SIBYL_E_MEM;
    for (size_t i = 0; i < n->count && !st; i++)
        st = read_fixed_one(
            p, f, arena, t,
            (const struct tree_node *const[2]){n->items[2 * i], n->items[2 * i + 1]});
    return st;
}

static enum status read_part(struct part *p, struct file_space *f, struct arena *arena,
                             const struct tree *t, const struct tree_node *n)
{
    static const char *const of_choices[] = {"name", "choices", "fixed", NULL};
    char made[32];
    enum status st = SIBYL_OK;
    if (n->kind != TREE_MAPPING)
        return tree_fault(t, n, "parts", "a part is a mapping, such as {chain: 4, block: ..}");
    int kinds = !!find(n, "cell") + !!find(n, "chain") + !!find(n, "choices");
    p->line = n->line;
    if (kinds != 1)
        return tree_fault(t, n, "parts", "a part has one of the keys cell, chain and choices");
    const struct tree_node *name = find(n, "name");
    p->named = name != NULL;
    snprintf(made, sizeof(made), "part%u", f->part_count + 1);
    if (name)
        st = space_text_read(t, name, "name", 64, &p->name, arena);
    else if (!(p->name = arena_strdup(arena, made)))
        st = SIBYL_E_MEM;
    if (st) return st;
    if (find(n, "cell")) {
        st = read_cell(p, arena, t, n);
    } else if (find(n, "chain")) {
        st = read_chain(p, f, arena, t, n);
    } else {
        p->kind = PART_CHOICES;
        p->places = 1;
        p->block.base = "input";
        st = space_keys_check(t, n, "", of_choices);
        if (!st) st = block_read(&p->block, f, arena, t, find(n, "choices"));
    }
    return st ? st : read_fixed(p, f, arena, t, n);
}

static enum status read_text_form(struct file_space *f, struct arena *arena, const struct tree *t)
{
    const struct tree_node *text = find(t->root, "text"), *separator = find(t->root, "separator");
    f->separator = "-";
    if (text) {
        const char *kind = text->kind == TREE_TEXT ? text->text : "";
        if (!strcmp(kind, "nasbench201"))
            f->text = SPACE_TEXT_NASBENCH201;
        else if (!strcmp(kind, "genotype"))
            f->text = SPACE_TEXT_GENOTYPE;
        else if (strcmp(kind, "indices") != 0)
            return tree_fault(t, text, "text", "want indices, nasbench201 or genotype");
    }
    if (!separator) return SIBYL_OK;
    bool good = separator->kind == TREE_TEXT && strlen(separator->text) <= 16 &&
                !strpbrk(separator->text, "0123456789\n\r\t");
    if (!good)
        return tree_fault(t, separator, "separator",
                          "want a text of at most 16 characters without digits, in quotes");
    f->separator = arena_strdup(arena, separator->text);
    return f->separator ? SIBYL_OK : SIBYL_E_MEM;
}

static enum status read_role(const struct tree *t, const char *key, struct arena *arena,
                             const char **out)
{
    const struct tree_node *n = find(t->root, key);
    return n ? space_text_read(t, n, key, 120, out, arena) : SIBYL_OK;
}

enum status space_file_read(struct file_space *f, struct arena *arena, const struct tree *t)
{
    static const char *const keys[] = {"name",     "text",  "separator", "zero",
                                       "identity", "parts", NULL};
    enum status st = space_keys_check(t, t->root, "", keys);
    if (st) return st;
    const struct tree_node *name = find(t->root, "name"), *parts = find(t->root, "parts");
    if (name) st = space_text_read(t, name, "name", 64, &f->name, arena);
    if (!st) st = read_text_form(f, arena, t);
    if (!st) st = read_role(t, "zero", arena, &f->zero);
    if (!st) st = read_role(t, "identity", arena, &f->identity);
    if (!st && f->zero && f->identity && !strcmp(f->zero, f->identity))
        st = tree_fault(t, find(t->root, "identity"), "identity", "is the same as zero");
    if (!st && (!parts || parts->kind != TREE_LIST || parts->count == 0))
        st = tree_fault(t, parts ? parts : t->root, "parts",
                        "want a list of the parts of the network");
    if (!st && parts->count > SPACE_PARTS_MAX)
        st = tree_fault(t, parts, "parts", "more than %d parts", SPACE_PARTS_MAX);
    if (st) return st;
    f->parts = arena_calloc(arena, parts->count, sizeof(*f->parts));
    f->attribute_names = arena_calloc(arena, GRAPH_ATTRIBUTES_MAX, sizeof(*f->attribute_names));
    if (!f->parts || !f->attribute_names) return SIBYL_E_MEM;
    for (size_t i = 0; i < parts->count && !st; i++) {
        st = read_part(&f->parts[i], f, arena, t, parts->items[i]);
        f->part_count++;
    }
    return st;
}
