#include "search/spaces/space_file.h"

#include "base/text.h"
#include "base/yaml/tree.h"
#include "search/spaces/space_parts.h"

#include <stdio.h>
#include <string.h>

/* The file's name without folders and ending. */
static char *name_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *begin = slash ? slash + 1 : path;
    char *name = arena_strdup(arena, begin);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot > name) *dot = '\0';
    if (name) text_make_printable(name);
    return name;
}

static enum status read_tree(struct file_space *f, struct arena *arena, struct tree *t,
                             const char *text, size_t bytes)
{
    enum status st = tree_load(t, false, text, bytes, &t->root);
    if (!st && (!t->root || t->root->kind != TREE_MAPPING))
        st = tree_fault(t, t->root, "", "%s",
                        t->root ? "want a mapping of keys to values, such as parts: [..]"
                        : bytes ? "there are no keys in it"
                                : "it is empty");
    if (!st) st = space_file_read(f, arena, t);
    return st ? st : space_file_finish(f, arena, t);
}

static enum status fill(struct space *s, struct arena *arena, struct file_space *f)
{
    char *points = arena_alloc(arena, BIG_COUNT_TEXT_BYTES);
    if (!points) return SIBYL_E_MEM;
    big_count_text(&f->points, points);
    s->name = f->name;
    s->genes = f->genes;
    if (!big_count_small(&f->points, &s->strings)) s->strings = SPACE_STRINGS_MANY;
    s->points = points;
    s->vocabulary = f->vocabulary;
    s->attributes = f->attributes;
    s->attribute_names = f->attribute_names;
    s->attribute_absent = f->absent;
    s->text_bytes = file_space_text_bytes(f);
    s->at = file_space_at;
    s->sample = file_space_sample;
    s->edit = file_space_edit;
    s->edit_at = file_space_edit_at;
    s->cross = file_space_cross;
    s->valid = file_space_valid;
    s->graph = file_space_graph;
    s->text = file_space_text;
    s->parse = file_space_parse;
    s->from_values = file_space_from_values;
    s->gene_name = file_space_name;
    s->gene_value = file_space_gene_value;
    if (f->part_count == 1 && f->parts[0].kind == PART_NODES) s->find = file_space_find;
    s->detail = f;
    return SIBYL_OK;
}

enum status space_file_init(struct space *s, struct arena *arena, const char *path,
                            const char *text, size_t bytes)
{
    struct file_space *f = arena_calloc(arena, 1, sizeof(*f));
    struct tree t = {.file = path, .what = "a space file"};
    if (!f) return SIBYL_E_MEM;
    f->name = name_of(arena, path);
    char *source = arena_strdup(arena, text);
    enum status st = f->name && source ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) st = read_tree(f, arena, &t, text, bytes);
    if (!st) st = fill(s, arena, f);
    if (!st) s->source = source;
    tree_release(&t);
    return st;
}

void file_space_name(const struct space *s, uint32_t gene, char *out, size_t bytes)
{
    file_space_gene_name(s->detail, gene, out, bytes);
}

bool file_space_gene_value(const struct space *s, const uint16_t *genes, uint32_t gene, char *out,
                           size_t bytes, bool *out_number)
{
    struct gene_place at = file_space_place(s->detail, genes, gene);
    if (!at.counts) return false;
    file_space_value(s->detail, gene, genes[gene], out, bytes, out_number);
    return true;
}

/* Of a space that is one cell of nodes. */
bool file_space_find(const struct space *s, const struct graph *canonical, uint16_t *out)
{
    const struct file_space *f = s->detail;
    const struct part *p = &f->parts[0];
    const uint16_t ends[2] = {f->input_op[0], f->output_op};
    struct node_cell c;
    if (!node_cells_find(p->cells, canonical, p->op_of, ends, &c)) return false;
    part_cell_pack(p, &c, out + p->first);
    return true;
}

/* ---- description ---- */

static void describe_block(const struct block *b, FILE *out)
{
    for (uint32_t i = 0; i < b->key_count; i++) {
        const struct block_key *k = &b->keys[i];
        fprintf(out, "%s%s (%u%s)", i ? ", " : "", k->name, k->values,
                k->condition_count ? ", where it counts" : "");
    }
}

static void describe_part(const struct part *p, FILE *out)
{
    char points[BIG_COUNT_TEXT_BYTES];
    big_count_text(&p->points, points);
    fprintf(out, "part %s: ", p->name);
    switch (p->kind) {
    case PART_EDGES:
        fprintf(out, "cell of %u nodes, one of %u operations on each edge", p->nodes,
                p->operations);
        break;
    case PART_NODES:
        fprintf(out, "cell of at most %u nodes and %u edges, one of %u operations on each",
                p->nodes, p->edges_max, p->operations);
        break;
    case PART_INPUTS:
        fprintf(out, "cell of %u nodes, each of %u inputs with one of %u operations", p->nodes,
                p->inputs, p->operations);
        break;
    case PART_CHAIN:
        if (p->depth_count)
            fprintf(out, "%u stages of %u depths, at most %u blocks of ", p->stages, p->depth_count,
                    p->blocks_max);
        else
            fprintf(out, "chain of %u blocks of ", p->blocks_max);
        describe_block(&p->block, out);
        break;
    case PART_CHOICES:
        fprintf(out, "choices of ");
        describe_block(&p->block, out);
        break;
    }
    fprintf(out, "; %u genes, %s points\n", p->genes, points);
}

void space_file_describe(const struct space *s, FILE *out)
{
    const struct file_space *f = s->detail;
    for (uint32_t i = 0; i < f->part_count; i++) describe_part(&f->parts[i], out);
    fprintf(out, "attributes:");
    for (uint32_t a = 0; a < f->attributes; a++) {
        fprintf(out, "%s ", a ? "," : "");
        text_print(out, f->attribute_names[a]);
        fprintf(out, " (absent: %g)", (double)f->absent[a]);
    }
    fprintf(out, "%s\n", f->attributes ? "" : " none");
}
