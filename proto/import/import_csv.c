/* Any table whose rows are named by the points of a search space, which the caller brings along
 * (struct import_space), for spaces are known above this layer. */
#include "base/csv.h"
#include "proto/import/import.h"
#include "proto/import/label_columns.h"

#include <stdlib.h>
#include <string.h>

struct table_columns {
    int *architecture;   /* (count) columns that name the row's network */
    const char **fields; /* (count) of the present row */
    const char **names;  /* (count) of these columns */
    size_t count;
    int id; /* -1: none */
    struct label_columns labels;
};

/* Never by its content: which space it is of must be said. */
bool import_csv_detect(const char *head, size_t bytes)
{
    (void)head;
    (void)bytes;
    return false;
}

static enum status find_architecture(struct table_columns *k, const struct csv *c,
                                     const struct import_options *o)
{
    char list[512];
    k->count = o->architecture_count;
    k->architecture = calloc(k->count + 1, sizeof(*k->architecture));
    k->fields = calloc(k->count + 1, sizeof(*k->fields));
    k->names = calloc(k->count + 1, sizeof(*k->names));
    if (!k->architecture || !k->fields || !k->names) return err_memory("the columns of a table");
    for (size_t i = 0; i < k->count; i++) {
        k->architecture[i] = csv_find(c, o->architecture[i]);
        k->names[i] = o->architecture[i];
        for (size_t j = 0; j < i; j++)
            if (!strcmp(o->architecture[j], o->architecture[i]))
                return err_set(SIBYL_E_USAGE, "--architecture: the column %s is there twice",
                               o->architecture[i]);
        if (k->architecture[i] >= 0) continue;
        csv_list(c, list, sizeof(list));
        return err_set(SIBYL_E_USAGE, "%s: no column %s for --architecture; there are: %s", c->path,
                       o->architecture[i], list);
    }
    return SIBYL_OK;
}

static enum status choose_labels(struct table_columns *k, struct csv *c,
                                 const struct import_options *o)
{
    bool *taken = calloc(c->columns + 1, sizeof(*taken));
    enum status st = taken ? label_columns_id(&k->id, c, o) : err_memory("the columns of a table");
    for (size_t i = 0; !st && i < k->count; i++) {
        taken[k->architecture[i]] = true;
        if (k->architecture[i] == k->id && !o->id) k->id = -1; /* it is the architecture */
    }
    if (!st && k->id >= 0) taken[k->id] = true;
    if (!st) st = label_columns_choose(&k->labels, c, o, taken);
    free(taken);
    return st;
}

static enum status add_row(struct dataset *d, struct arena *scratch, struct table_columns *k,
                           const struct csv *c, const struct import_space *s)
{
    struct graph g;
    const char *text = "";
    size_t wrong = 0;
    arena_reset(scratch);
    for (size_t i = 0; i < k->count; i++) k->fields[i] = c->fields[k->architecture[i]];
    const struct import_fields fields = {k->fields, k->names, k->count};
    enum status st = s->network(s->context, &fields, scratch, &g, &text, &wrong);
    if (st && wrong >= k->count) return err_prefix(st, "%s:%zu", c->path, c->line_number);
    if (st) return err_prefix(st, "%s:%zu: column %s", c->path, c->line_number, k->names[wrong]);
    st = label_columns_read(&k->labels, c);
    if (!st && (st = dataset_add(d, &g, text, k->labels.values)))
        return err_prefix(st, "%s:%zu", c->path, c->line_number);
    if (!st && k->id >= 0 && (st = dataset_set_id(d, c->fields[k->id])))
        err_prefix(st, "%s:%zu", c->path, c->line_number);
    return st;
}

static enum status read_rows(struct dataset *d, struct table_columns *k, struct csv *c,
                             const struct import_space *s)
{
    struct arena scratch;
    bool more;
    arena_init(&scratch);
    enum status st = csv_next(c, &more);
    while (!st && more) {
        st = add_row(d, &scratch, k, c, s);
        if (!st) st = csv_next(c, &more);
    }
    arena_release(&scratch);
    if (!st && !d->count) st = err_set(SIBYL_E_FORMAT, "%s: a header, but no rows", c->path);
    return st;
}

enum status import_csv(struct dataset *out, const char *path, const struct import_options *options)
{
    struct table_columns k = {.id = -1};
    struct dataset made = {0};
    struct csv c = {0};
    const struct import_space *s = options->space;
    *out = (struct dataset){0};
    if (!s || !options->architecture_count)
        return err_set(SIBYL_E_USAGE,
                       "%s: a table of the format csv wants --space SPACE and --architecture "
                       "COLUMN[,COLUMN..]: what names the network of a row",
                       path);
    enum status st = csv_open(&c, path);
    if (!st) st = find_architecture(&k, &c, options);
    if (!st) st = choose_labels(&k, &c, options);
    if (!st && (st = dataset_begin(&made, s->name, (const char *const *)s->vocabulary->names,
                                   s->vocabulary->count, k.labels.names, k.labels.count)))
        err_prefix(st, "%s", path);
    if (!st) st = read_rows(&made, &k, &c, s);
    if (!st) st = label_columns_finish(&k.labels, &c, made.count, options->log);
    if (st)
        dataset_release(&made);
    else
        *out = made;
    label_columns_release(&k.labels);
    free(k.architecture);
    free(k.fields);
    free(k.names);
    csv_close(&c);
    return st;
}
