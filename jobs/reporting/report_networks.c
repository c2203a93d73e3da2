#include "jobs/reporting/report_networks.h"

#include "base/file.h"
#include "jobs/config/config.h"
#include "jobs/reporting/report_json.h"
#include "proto/graph/canon.h"
#include "search/engine/journal.h"
#include "search/spaces/space.h"
#include "search/spaces/space_pool.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DRAWN_NODES_MAX 120 /* of a network that is drawn */
#define FRONT_MAX 12        /* networks of a front, spread over it */
#define TOP_MAX 12          /* of a scoring */
#define NETWORKS_MAX 60     /* of a page */

struct drawings {
    FILE *f;
    char told[NETWORKS_MAX][HASH128_TEXT_BYTES]; /* hashes of those that are there */
    size_t count;
};

/* ---- spaces ---- */

/* The pool of a search, by its saved values. *out is NULL where it is gone, or is another one. */
static enum status open_pool(const char *folder, struct space **out)
{
    struct config c = {0};
    char *text = NULL, *path = file_join(folder, "config.yaml");
    size_t bytes = 0;
    *out = NULL;
    if (!path) return err_memory("a path");
    if (!config_read_file(path, &text, &bytes) &&
        !config_parse(&c, CONFIG_SEARCH, path, text, bytes, NULL, 0) && c.values->pool &&
        space_pool_new(c.values->pool, out))
        *out = NULL;
    config_release(&c);
    free(text);
    free(path);
    return SIBYL_OK;
}

/* By the text in the folder's journal where the space is from a file. *out is NULL where there is
 * no such space here. */
static enum status open_space(const char *folder, const char *name, struct space **out)
{
    char *text = NULL;
    *out = NULL;
    if (!strcmp(name, SPACE_POOL_NAME)) return open_pool(folder, out);
    enum status st = journal_space_text(folder, &text);
    if (st == SIBYL_E_MEM) return st;
    st = !st && text ? space_from_text(name, text, strlen(text), out) : space_new(name, out);
    free(text);
    if (st) *out = NULL;
    return st == SIBYL_E_MEM ? st : SIBYL_OK;
}

/* ---- one network ---- */

static void print_graph(FILE *f, const char *key, const struct graph *g, const struct vocabulary *v)
{
    fprintf(f, ",\"%s\":{\"ops\":[", key);
    for (uint32_t i = 0; i < g->nodes; i++) {
        if (i) fputc(',', f);
        report_json_text(f, v->names[g->ops[i]]);
    }
    fputs("],\"edges\":[", f);
    for (uint32_t i = 0; i < g->nodes; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            fprintf(f, "%s[%" PRIu32 ",%" PRIu32 ",%" PRIu32 "]", e ? "," : "", i, g->out_node[e],
                    g->out_multiplicity[e]);
    fputs("]}", f);
}

static bool is_told(const struct drawings *d, const char *hash)
{
    for (size_t i = 0; i < d->count; i++)
        if (!strcmp(d->told[i], hash)) return true;
    return d->count == NETWORKS_MAX;
}

/* A text that is no network of the space is left out. */
static enum status add(struct drawings *d, const struct space *s, const char *architecture)
{
    struct arena arena;
    struct graph raw, g;
    char hash[HASH128_TEXT_BYTES];
    if (!s || !architecture || d->count == NETWORKS_MAX) return SIBYL_OK;
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    enum status st = genes ? s->parse(s, architecture, genes) : SIBYL_E_MEM;
    if (!st) st = s->graph(s, genes, &raw, &arena);
    if (!st) st = graph_canonical(&g, &arena, &raw, &s->vocabulary);
    if (!st && raw.nodes <= DRAWN_NODES_MAX) {
        hash128_text(graph_hash(&g), hash);
        if (!is_told(d, hash)) {
            if (d->count) fputs(",\n", d->f);
            memcpy(d->told[d->count++], hash, sizeof(hash));
            fputs("{\"architecture\":", d->f);
            report_json_text(d->f, architecture);
            fprintf(d->f, ",\"hash\":\"%s\"", hash);
            print_graph(d->f, "original", &raw, &s->vocabulary);
            print_graph(d->f, "canonical", &g, &s->vocabulary);
            fputc('}', d->f);
        }
    }
    arena_release(&arena);
    return st == SIBYL_E_MEM ? st : SIBYL_OK;
}

/* ---- what a folder has ---- */

/* Those of a table's column, at most `most`, spread over its rows. */
static enum status add_rows(struct drawings *d, const struct space *s, const struct report_table *t,
                            size_t most)
{
    int column = report_table_column(t, "architecture");
    size_t rows = t->rows ? t->rows - 1 : 0, shown = rows < most ? rows : most;
    enum status st = SIBYL_OK;
    for (size_t i = 0; !st && column >= 0 && i < shown; i++) {
        size_t row = shown > 1 ? i * (rows - 1) / (shown - 1) : 0;
        st = add(d, s, report_table_cell(t, row + 1, column));
    }
    return st;
}

static enum status add_search(struct drawings *d, const struct report_folder *f, const char *name)
{
    struct space *s = NULL;
    enum status st = open_space(f->path, name, &s);
    if (!st) st = add(d, s, json_string_value(json_object_get(f->result, "best_architecture")));
    if (!st) st = add_rows(d, s, &f->front, FRONT_MAX);
    space_free(s);
    return st;
}

/* The best run of each setting. */
static enum status add_experiment(struct drawings *d, const struct report_folder *f)
{
    const struct report_table *t = &f->experiment;
    int setting = report_table_column(t, "setting"), value = report_table_column(t, "best_value");
    int name = report_table_column(t, "space"), best = report_table_column(t, "best_architecture");
    int folder = report_table_column(t, "folder"), goal = report_table_column(t, "goal");
    enum status st = SIBYL_OK;
    for (size_t r = 1; !st && best >= 0 && folder >= 0 && r < t->rows; r++) {
        double sign = strcmp(report_table_cell(t, r, goal), "min") ? 1 : -1;
        double own = sign * strtod(report_table_cell(t, r, value), NULL);
        bool first = true;
        for (size_t k = 1; first && k < t->rows; k++) {
            double other = sign * strtod(report_table_cell(t, k, value), NULL);
            if (strcmp(report_table_cell(t, k, setting), report_table_cell(t, r, setting)))
                continue;
            first = !*report_table_cell(t, k, best) || other < own || (other == own && k >= r);
        }
        char *path = first ? file_join(f->path, report_table_cell(t, r, folder)) : NULL;
        struct space *s = NULL;
        if (path) st = open_space(path, report_table_cell(t, r, name), &s);
        if (!st && s) st = add(d, s, report_table_cell(t, r, best));
        space_free(s);
        free(path);
    }
    return st;
}

/* A scoring of a dataset does not say which space it is of: the built-in one that reads it. */
static enum status add_top(struct drawings *d, const struct report_folder *f)
{
    static const char *const names[] = {"nasbench201", "nasbench101"};
    enum status st = SIBYL_OK;
    for (size_t i = 0; !st && i < sizeof(names) / sizeof(names[0]); i++) {
        struct space *s = NULL;
        st = space_new(names[i], &s);
        if (!st) st = add_rows(d, s, &f->top, TOP_MAX);
        space_free(s);
    }
    return st;
}

enum status report_networks(FILE *f, const struct report_folder *folders, size_t count)
{
    struct drawings *d = calloc(1, sizeof(*d));
    enum status st = d ? SIBYL_OK : err_memory("drawings");
    if (d) d->f = f;
    fputc('[', f);
    for (size_t i = 0; !st && i < count; i++) {
        const char *name = json_string_value(json_object_get(folders[i].result, "space"));
        if (name) st = add_search(d, &folders[i], name);
        if (!st && folders[i].experiment.rows > 1) st = add_experiment(d, &folders[i]);
        if (!st && folders[i].top.rows > 1) st = add_top(d, &folders[i]);
    }
    fputc(']', f);
    free(d);
    return st;
}
