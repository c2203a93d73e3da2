#include "base/csv.h"
#include "base/names.h"
#include "proto/import/import.h"
#include "proto/import/label_columns.h"

#include <stdlib.h>
#include <string.h>

#define CELL_NODES 4
#define CELL_EDGES 6
#define FIRST_EDGE_OP 2 /* the vocabulary: input, output, then what an edge can be */

static const char *const vocabulary[] = {
    "input", "output", "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};
static const uint16_t op_of[] = {2, 3, 4, 5, 6};

#define VOCABULARY_COUNT ((uint32_t)(sizeof(vocabulary) / sizeof(vocabulary[0])))

static const char *const architecture_names[] = {"arch", "architecture", "arch_str", "cell"};
enum { ARCHITECTURE_NAMES = sizeof(architecture_names) / sizeof(architecture_names[0]) };

/* Its first line names a column of architectures. */
bool import_nasbench201_csv_detect(const char *head, size_t bytes)
{
    size_t line = strcspn(head, "\r\n");
    (void)bytes;
    for (size_t at = 0; at < line;) {
        size_t length = strcspn(head + at, ",\r\n"), begin = at, end = at + length;
        while (begin < end && strchr(" \t\"\xEF\xBB\xBF", head[begin])) begin++;
        while (end > begin && strchr(" \t\"", head[end - 1])) end--;
        for (int i = 0; i < ARCHITECTURE_NAMES; i++)
            if (strlen(architecture_names[i]) == end - begin &&
                !memcmp(architecture_names[i], head + begin, end - begin))
                return true;
        at += length + 1;
    }
    return false;
}

struct columns {
    int architecture, id; /* -1: none */
    struct label_columns labels;
};

static enum status find_architecture(const struct csv *c, int *out)
{
    for (int i = 0; i < ARCHITECTURE_NAMES; i++)
        if ((*out = csv_find(c, architecture_names[i])) >= 0) return SIBYL_OK;
    char list[512];
    csv_list(c, list, sizeof(list));
    return err_set(SIBYL_E_FORMAT,
                   "%s:1: no column arch (or architecture, arch_str, cell); there are: %s", c->path,
                   list);
}

static enum status choose_labels(struct columns *k, struct csv *c, const struct import_options *o)
{
    bool *taken = calloc(c->columns + 1, sizeof(*taken));
    enum status st = taken ? label_columns_id(&k->id, c, o) : err_memory("the columns of a table");
    if (!st) taken[k->architecture] = true;
    if (!st && k->id >= 0) taken[k->id] = true;
    if (!st) st = label_columns_choose(&k->labels, c, o, taken);
    free(taken);
    return st;
}

/* The present message with its place in front, and the operations that there are behind. */
static enum status cell_fault(enum status st, const struct csv *c, int column)
{
    char cause[400], known[200];
    snprintf(cause, sizeof(cause), "%s", err_message());
    names_list(known, sizeof(known), vocabulary + FIRST_EDGE_OP, VOCABULARY_COUNT - FIRST_EDGE_OP);
    return err_set(st, "%s:%zu: column %s: %s (operations: %s)", c->path, c->line_number,
                   c->names[column], cause, known);
}

static enum status add_row(struct dataset *d, struct arena *scratch, struct columns *k,
                           const struct csv *c)
{
    uint16_t edge_ops[CELL_EDGES];
    struct graph g;
    const char *text = c->fields[k->architecture];
    arena_reset(scratch);
    enum status st = cell_text_parse(text, vocabulary + FIRST_EDGE_OP,
                                     VOCABULARY_COUNT - FIRST_EDGE_OP, CELL_NODES, edge_ops);
    if (st) return cell_fault(st, c, k->architecture);
    st = cell_graph(&g, scratch, CELL_NODES, edge_ops, op_of, VOCABULARY_COUNT);
    if (st) return err_prefix(st, "%s:%zu", c->path, c->line_number);
    st = label_columns_read(&k->labels, c);
    if (!st) st = dataset_add(d, &g, text, k->labels.values);
    if (!st && k->id >= 0 && (st = dataset_set_id(d, c->fields[k->id])))
        err_prefix(st, "%s:%zu", c->path, c->line_number);
    return st;
}

static enum status read_rows(struct dataset *d, struct columns *k, struct csv *c)
{
    struct arena scratch;
    bool more;
    arena_init(&scratch);
    enum status st = csv_next(c, &more);
    while (!st && more) {
        st = add_row(d, &scratch, k, c);
        if (!st) st = csv_next(c, &more);
    }
    arena_release(&scratch);
    if (!st && !d->count) st = err_set(SIBYL_E_FORMAT, "%s: a header, but no rows", c->path);
    return st;
}

enum status import_nasbench201_csv(struct dataset *out, const char *path,
                                   const struct import_options *options)
{
    struct columns k = {0};
    struct dataset made = {0};
    struct csv c = {0};
    *out = (struct dataset){0};
    enum status st = csv_open(&c, path);
    if (!st) st = find_architecture(&c, &k.architecture);
    if (!st) st = choose_labels(&k, &c, options);
    if (!st && (st = dataset_begin(&made, "nasbench201", vocabulary, VOCABULARY_COUNT,
                                   k.labels.names, k.labels.count)))
        err_prefix(st, "%s", path);
    if (!st) st = read_rows(&made, &k, &c);
    if (!st) st = label_columns_finish(&k.labels, &c, made.count, options->log);
    if (st)
        dataset_release(&made);
    else
        *out = made;
    label_columns_release(&k.labels);
    csv_close(&c);
    return st;
}
