#include "base/csv.h"
#include "base/names.h"
#include "proto/import/import.h"
#include "proto/import/label_holes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_NODES 4
#define CELL_EDGES 6
#define FIRST_EDGE_OP 2 /* the vocabulary: input, output, then what an edge can be */

static const char *const vocabulary[] = {
    "input", "output", "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};
static const uint16_t op_of[] = {2, 3, 4, 5, 6};

#define VOCABULARY_COUNT ((uint32_t)(sizeof(vocabulary) / sizeof(vocabulary[0])))

/* Which columns are read, and how. */
struct columns {
    int architecture;
    uint32_t count;
    int *index; /* (count) */
    const char **names;
    double *scales;
    double *values; /* (count) of the present row */
    struct label_hole *holes;
};

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

static enum status allocate(struct columns *k, size_t count)
{
    k->index = calloc(count + 1, sizeof(*k->index));
    k->names = calloc(count + 1, sizeof(*k->names));
    k->scales = calloc(count + 1, sizeof(*k->scales));
    k->values = calloc(count + 1, sizeof(*k->values));
    k->holes = calloc(count + 1, sizeof(*k->holes));
    return k->index && k->names && k->scales && k->values && k->holes ? SIBYL_OK
                                                                      : err_memory("the labels");
}

static enum status columns_asked(struct columns *k, const struct csv *c,
                                 const struct import_options *o)
{
    enum status st = allocate(k, o->label_count);
    if (st) return st;
    for (uint32_t i = 0; i < o->label_count; i++) {
        k->index[i] = csv_find(c, o->labels[i].column);
        if (k->index[i] < 0) {
            char list[512];
            csv_list(c, list, sizeof(list));
            return err_set(SIBYL_E_USAGE, "%s: no column %s for label %s; there are: %s", c->path,
                           o->labels[i].column, o->labels[i].name, list);
        }
        k->names[i] = o->labels[i].name;
        k->scales[i] = o->labels[i].scale;
    }
    k->count = o->label_count;
    return SIBYL_OK;
}

/* Whether a column may be a label where none was asked for. */
static bool may_be_label(const struct columns *k, const struct csv *c, size_t column)
{
    return (int)column != k->architecture && *c->names[column] &&
           strcmp(c->names[column], "index") != 0;
}

static void tell_left_out(const struct columns *k, const struct csv *c, const bool *number,
                          const struct log *log)
{
    char list[512];
    size_t count = 0;
    const char **names = calloc(c->columns, sizeof(*names));
    for (size_t i = 0; names && i < c->columns; i++)
        if (!number[i] && may_be_label(k, c, i)) names[count++] = c->names[i];
    names_list(list, sizeof(list), names, count);
    if (log && count) log_root(log, "no labels, for they have no number in any row: %s", list);
    free(names);
}

/* All columns that have a number in some row, by reading the file once. */
static enum status columns_numeric(struct columns *k, struct csv *c, const struct log *log)
{
    bool *number = calloc(c->columns, sizeof(*number)), more = true;
    size_t rows = 0;
    double value;
    enum status st = number ? allocate(k, c->columns) : err_memory("the columns");
    while (!st) {
        st = csv_next(c, &more);
        if (st || !more) break;
        rows++;
        for (size_t i = 0; i < c->columns; i++)
            if (!number[i]) number[i] = csv_number(c->fields[i], &value);
    }
    for (size_t i = 0; !st && i < c->columns; i++) {
        if (!number[i] || !may_be_label(k, c, i)) continue;
        k->index[k->count] = (int)i;
        k->names[k->count] = c->names[i];
        k->scales[k->count++] = 1;
    }
    if (!st && rows) tell_left_out(k, c, number, log);
    free(number);
    return st ? st : csv_rewind(c);
}

static enum status read_values(struct columns *k, const struct csv *c)
{
    for (uint32_t i = 0; i < k->count; i++) {
        const char *field = c->fields[k->index[i]], *column = c->names[k->index[i]];
        double value;
        if (!csv_number(field, &value)) {
            label_hole_add(&k->holes[i], c->line_number, field);
            k->values[i] = NAN;
            continue;
        }
        k->values[i] = value * k->scales[i];
        if (!isfinite(k->values[i]))
            return err_set(SIBYL_E_RANGE,
                           "%s:%zu: column %s: \"%.60s\" times the scale %g is out of range",
                           c->path, c->line_number, column, field, k->scales[i]);
    }
    return SIBYL_OK;
}

/* Every label has a number in some row; tells of the rows that have none. */
static enum status check_holes(const struct columns *k, const struct csv *c, size_t rows,
                               const struct log *log)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->holes[i].count == rows)
            return err_set(SIBYL_E_FORMAT,
                           "%s:%zu: column %s (label %s): \"%s\" is not a number, and the column "
                           "has none in any other row",
                           c->path, k->holes[i].first_line, c->names[k->index[i]], k->names[i],
                           k->holes[i].text);
    label_holes_tell(k->holes, k->names, k->count, c->path, rows, log);
    return SIBYL_OK;
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
    st = read_values(k, c);
    return st ? st : dataset_add(d, &g, text, k->values);
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
    if (!st)
        st = options->label_count ? columns_asked(&k, &c, options)
                                  : columns_numeric(&k, &c, options->log);
    if (!st &&
        (st = dataset_begin(&made, "nasbench201", vocabulary, VOCABULARY_COUNT, k.names, k.count)))
        err_prefix(st, "%s", path);
    if (!st) st = read_rows(&made, &k, &c);
    if (!st) st = check_holes(&k, &c, made.count, options->log);
    if (st)
        dataset_release(&made);
    else
        *out = made;
    free(k.index);
    free(k.names);
    free(k.scales);
    free(k.values);
    free(k.holes);
    csv_close(&c);
    return st;
}
