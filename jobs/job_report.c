#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "jobs/config/config.h"
#include "jobs/reporting/report_data.h"
#include "jobs/reporting/report_evaluations.h"
#include "jobs/reporting/report_tool.h"
#include "proto/graph/canon.h"
#include "search/engine/journal.h"
#include "search/spaces/space_pool.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_escaped(FILE *f, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", f);
            break;
        case '<':
            fputs("&lt;", f);
            break;
        case '>':
            fputs("&gt;", f);
            break;
        case '"':
            fputs("&quot;", f);
            break;
        default:
            fputc(*text, f);
        }
    }
}

/* ---- curves ---- */

#define RELIABILITY "reliability" /* how often intervals hold, against their probability */
#define FRONT "front"             /* the first two objectives of pareto.csv */
#define VOLUME "hypervolume"      /* by evaluation */
#define FRONT_FIRST 2             /* column of the first objective in pareto.csv */
#define FRONT_SHOWN 50

#define DRAWN_MAX 1e150 /* larger numbers are left out: gnuplot's own sums overflow */

static bool is_number(const char *cell)
{
    char *end = NULL;
    double number = strtod(cell, &end);
    return *cell && !*end && fabs(number) <= DRAWN_MAX;
}

/* A data block of two columns; cells that are no numbers (a failed evaluation) leave a gap. */
static void print_block(FILE *f, const struct report_table *t, int x, int y, size_t number)
{
    fprintf(f, "$d%zu << EOD\n", number);
    for (size_t i = 1; i < t->rows; i++) {
        char *const *row = t->cells + i * t->columns;
        if (is_number(row[x]) && is_number(row[y]))
            fprintf(f, "%.12g %.12g\n", strtod(row[x], NULL), strtod(row[y], NULL));
    }
    fprintf(f, "EOD\n");
}

/* Has any row numbers in both columns? gnuplot draws no empty plot. */
static bool has_points(const struct report_table *t, int x, int y)
{
    for (size_t i = 1; i < t->rows; i++) {
        char *const *row = t->cells + i * t->columns;
        if (is_number(row[x]) && is_number(row[y])) return true;
    }
    return false;
}

/* Inside single quotes. */
static void print_title(FILE *f, const char *path)
{
    for (const char *p = path; *p; p++)
        if (*p != '\n') fputs(*p == '\'' ? "''" : (char[]){*p, 0}, f);
}

/* The folder's curve of that name, and its columns; NULL where it has none. */
static const struct report_table *curve_of(const struct report_folder *r, const char *name, int *x,
                                           int *y)
{
    if (!strcmp(name, RELIABILITY)) {
        *x = 0;
        *y = 1;
        return r->reliability.rows > 1 && r->reliability.columns > 1 ? &r->reliability : NULL;
    }
    if (!strcmp(name, FRONT)) {
        *x = FRONT_FIRST + 1;
        *y = FRONT_FIRST;
        return r->front.rows > 1 && r->front.columns > FRONT_FIRST + 1 ? &r->front : NULL;
    }
    if (!strcmp(name, VOLUME)) {
        *x = 0;
        *y = 1;
        return r->volumes.rows > 1 && r->volumes.columns > 1 ? &r->volumes : NULL;
    }
    if (r->curve.rows <= 1 || strcmp(r->curve_name, name)) return NULL;
    *x = report_table_column(&r->curve, r->x);
    *y = report_table_column(&r->curve, r->y);
    return has_points(&r->curve, *x, *y) ? &r->curve : NULL;
}

static void print_labels(FILE *f, const char *x, const char *y)
{
    fputs("set xlabel '", f);
    print_title(f, x);
    fputs("'\nset ylabel '", f);
    print_title(f, y);
    fputs("'\nplot ", f);
}

/* All before the first curve of a plot, which is this folder's. */
static void print_axes(FILE *f, const struct report_folder *r, const char *name)
{
    bool square = !strcmp(name, RELIABILITY);
    fprintf(
        f,
        "set terminal svg size %s,420 noenhanced background '#ffffff'\nset grid\nset key below\n",
        square ? "480" : "820");
    if (square)
        fprintf(f, "set xrange [0:1]\nset yrange [0:1]\nset xlabel 'probability of the interval'\n"
                   "set ylabel 'labels inside'\n"
                   "plot x with lines dashtype 2 lc 'gray' title 'calibrated', ");
    else if (!strcmp(name, FRONT))
        print_labels(f, r->front.cells[FRONT_FIRST + 1], r->front.cells[FRONT_FIRST]);
    else
        print_labels(f, r->x, strcmp(name, VOLUME) ? r->y : VOLUME);
}

/* A gnuplot script of all curves named `name`; *out NULL when there is none. */
static enum status plot_script(const struct report_folder *folders, size_t count, const char *name,
                               char **out)
{
    const char *style = !strcmp(name, RELIABILITY) ? "linespoints"
                        : !strcmp(name, FRONT)     ? "points pt 7"
                        : !strcmp(name, "epochs")  ? "lines"
                                                   : "steps";
    char *text = NULL;
    size_t bytes = 0, curves = 0;
    int x, y;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return err_memory("a plot");
    for (size_t i = 0; i < count; i++) {
        const struct report_table *t = curve_of(&folders[i], name, &x, &y);
        if (t) print_block(f, t, x, y, i);
    }
    for (size_t i = 0; i < count; i++) {
        if (!curve_of(&folders[i], name, &x, &y)) continue;
        if (!curves) print_axes(f, &folders[i], name);
        fprintf(f, "%s$d%zu using 1:2 with %s lw 2 title '", curves++ ? ", " : "", i, style);
        print_title(f, folders[i].path);
        fputc('\'', f);
    }
    fputc('\n', f);
    if (fclose(f) || !curves) {
        free(text);
        text = NULL;
    }
    *out = text;
    return SIBYL_OK;
}

static enum status print_plot(FILE *page, const struct report_folder *folders, size_t count,
                              const char *name, const char *title)
{
    const char *words[] = {"gnuplot", NULL};
    char *script = NULL, *svg = NULL;
    enum status st = plot_script(folders, count, name, &script);
    if (!st && script) st = report_tool(words, "gnuplot-nox", script, &svg);
    if (!st && svg) fprintf(page, "<h2>%s</h2>\n%s\n", title, svg);
    free(script);
    free(svg);
    return st;
}

/* ---- the best cell ---- */

static enum status cell_script(const struct space *s, const char *architecture, char **out)
{
    struct arena arena;
    struct graph raw, g;
    char *text = NULL;
    size_t bytes = 0;
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    enum status st = genes ? s->parse(s, architecture, genes) : SIBYL_E_MEM;
    if (!st) st = s->graph(s, genes, &raw, &arena);
    if (!st) st = graph_canonical(&g, &arena, &raw, &s->vocabulary);
    FILE *f = st ? NULL : open_memstream(&text, &bytes);
    if (!st && !f) st = err_memory("a drawing");
    if (st) goto done;
    fprintf(f, "digraph cell { rankdir=LR; node [shape=box, style=rounded, fontname=Helvetica];\n");
    for (uint32_t i = 0; i < g.nodes; i++)
        fprintf(f, "n%" PRIu32 " [label=\"%s\"];\n", i, s->vocabulary.names[g.ops[i]]);
    for (uint32_t i = 0; i < g.nodes; i++)
        for (uint32_t e = g.out_start[i]; e < g.out_start[i + 1]; e++) {
            fprintf(f, "n%" PRIu32 " -> n%" PRIu32, i, g.out_node[e]);
            if (g.out_multiplicity[e] > 1)
                fprintf(f, " [label=\"x%" PRIu32 "\"]", g.out_multiplicity[e]);
            fprintf(f, ";\n");
        }
    fprintf(f, "}\n");
    if (fclose(f)) st = err_memory("a drawing");
    *out = text;
    text = NULL;
done:
    free(text);
    arena_release(&arena);
    return st;
}

/* The pool of a search, by its saved values. *out is NULL where it is gone, or is another one: the
 * page then has the network's name alone. */
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

/* By the text in the folder's journal where the space is from a file. */
static enum status open_space(const char *folder, const char *name, struct space **out)
{
    char *text = NULL;
    if (!strcmp(name, SPACE_POOL_NAME)) return open_pool(folder, out);
    enum status st = journal_space_text(folder, &text);
    if (!st) st = text ? space_from_text(name, text, strlen(text), out) : space_new(name, out);
    free(text);
    return st;
}

static enum status print_cell(FILE *page, const struct report_folder *f)
{
    const char *words[] = {"dot", "-Tsvg", NULL};
    const char *name = json_string_value(json_object_get(f->result, "space"));
    const char *architecture = json_string_value(json_object_get(f->result, "best_architecture"));
    struct space *s = NULL;
    char *script = NULL, *svg = NULL;
    if (!name || !architecture) return SIBYL_OK;
    enum status st = open_space(f->path, name, &s);
    if (!st && s) st = cell_script(s, architecture, &script);
    if (st && !strcmp(name, SPACE_POOL_NAME)) st = SIBYL_OK; /* another pool by that name */
    if (!st && script) st = report_tool(words, "graphviz", script, &svg);
    if (!st) {
        fprintf(page, "<h3>best cell</h3>\n<p><code>");
        print_escaped(page, architecture);
        fprintf(page, "</code></p>\n%s\n", svg ? svg : "");
    }
    free(script);
    free(svg);
    space_free(s);
    return st;
}

/* ---- the page ---- */

static void print_fields(FILE *page, const struct report_folder *f)
{
    const char *key;
    json_t *value;
    fprintf(page, "<table>\n");
    json_object_foreach(f->result, key, value)
    {
        char *text = json_is_string(value)
                         ? NULL
                         : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(8));
        fprintf(page, "<tr><th>");
        print_escaped(page, key);
        fprintf(page, "</th><td>");
        print_escaped(page, json_is_string(value) ? json_string_value(value) : text ? text : "");
        fprintf(page, "</td></tr>\n");
        free(text);
    }
    fprintf(page, "</table>\n");
}

static void print_first(FILE *page, const struct report_table *t, const char *title, size_t most)
{
    size_t rows = t->rows < most + 1 ? t->rows : most + 1;
    if (rows < 2) return;
    fprintf(page, "<h3>%s%zu</h3>\n<table>\n", title, rows - 1);
    for (size_t r = 0; r < rows; r++) {
        fprintf(page, "<tr>");
        for (size_t c = 0; c < t->columns; c++) {
            fprintf(page, r ? "<td>" : "<th>");
            print_escaped(page, t->cells[r * t->columns + c]);
            fprintf(page, r ? "</td>" : "</th>");
        }
        fprintf(page, "</tr>\n");
    }
    fprintf(page, "</table>\n");
}

/* The summary of an experiment, in the digits that matter. */
static void print_summary(FILE *page, const struct report_table *t)
{
    const char *const shown[][2] = {
        {"setting", "setting"},
        {"test_kendall_tau_n", "n"},
        {"test_kendall_tau_mean", "tau"},
        {"test_kendall_tau_sd", "deviation"},
        {"test_kendall_tau_difference", "difference to the first"},
        {"test_kendall_tau_p", "p"},
        {"test_top10_overlap_mean", "top-10 overlap"},
        {"test_mape_mean", "MAPE"},
        {"train_s_mean", "train_s"},
        {"evaluations_to_target_n", "n"},
        {"evaluations_to_target_missed", "missed"},
        {"evaluations_to_target_mean", "evaluations to the target"},
        {"evaluations_to_target_low", "95% from"},
        {"evaluations_to_target_high", "to"},
        {"evaluations_to_target_tail", "95% of the searches"},
        {"evaluations_to_target_worst", "worst"},
        {"evaluations_to_target_p_holm", "p (Holm)"},
        {"best_value_mean", "best value"},
        {"best_value_p_holm", "p (Holm)"},
        {"regret_mean", "regret"},
    };
    if (t->rows < 2) return;
    fprintf(page, "<h3>settings</h3>\n<table>\n");
    for (size_t r = 0; r < t->rows; r++) {
        fprintf(page, "<tr>");
        for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
            int c = report_table_column(t, shown[i][0]);
            if (c < 0) continue;
            const char *cell = t->cells[r * t->columns + (size_t)c];
            char number[32];
            snprintf(number, sizeof(number), "%.4g", strtod(cell, NULL));
            bool shorter = r && i && is_number(cell);
            fprintf(page, r ? "<td>" : "<th>");
            print_escaped(page, !r ? shown[i][1] : shorter ? number : cell);
            fprintf(page, r ? "</td>" : "</th>");
        }
        fprintf(page, "</tr>\n");
    }
    fprintf(page, "</table>\n");
}

static enum status write_page(const char *path, const struct report_folder *folders, size_t count)
{
    struct file_writer w = {0};
    enum status st = file_write_begin(&w, path);
    if (st) return st;
    fprintf(w.stream,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sibyl "
            "report</title>\n"
            "<style>body{font:15px/1.5 sans-serif;max-width:900px;margin:2em auto;padding:0 1em}"
            "table{border-collapse:collapse}th,td{border-bottom:1px solid #ddd;padding:2px 10px;"
            "text-align:left}svg{max-width:100%%;height:auto}code{word-break:break-all}</style>"
            "</head><body>\n<h1>Sibyl report</h1>\n");
    st = print_plot(w.stream, folders, count, "evaluations", "Search: best value by evaluations");
    if (!st) st = print_plot(w.stream, folders, count, FRONT, "Search: Pareto front");
    if (!st) st = print_plot(w.stream, folders, count, VOLUME, "Search: hypervolume");
    if (!st) st = print_plot(w.stream, folders, count, "epochs", "Training: loss by epoch");
    if (!st) st = print_plot(w.stream, folders, count, RELIABILITY, "Intervals");
    for (size_t i = 0; !st && i < count; i++) {
        fprintf(w.stream, "<h2>");
        print_escaped(w.stream, folders[i].path);
        fprintf(w.stream, "</h2>\n");
        print_fields(w.stream, &folders[i]);
        print_summary(w.stream, &folders[i].summary);
        print_first(w.stream, &folders[i].top, "best ", 25);
        print_first(w.stream, &folders[i].front, "Pareto front, the first ", FRONT_SHOWN);
        st = report_evaluations(w.stream, &folders[i], print_escaped);
        if (!st) st = print_cell(w.stream, &folders[i]);
    }
    fprintf(w.stream, "</body></html>\n");
    if (!st) st = file_write_commit(&w);
    file_write_abandon(&w);
    return st;
}

static enum status report(const struct options *o)
{
    size_t count = (size_t)o->operand_count, read = 0;
    const char *folder = o->out ? o->out : o->operands[0];
    struct report_folder *folders = calloc(count, sizeof(*folders));
    char *page = file_join(folder, "report.html"), *database = file_join(folder, "run.db");
    enum status st = folders && page && database ? SIBYL_OK : err_memory("a report");
    const struct log log = {.level = o->level, .began_s = clock_s()};
    while (!st && read < count) {
        st = report_folder_read(&folders[read], o->operands[read]);
        if (!st) log_detail(&log, "read %s", o->operands[read]);
        if (!st) read++;
    }
    if (st || o->dry_run) goto done;
    st = file_make_folder(folder);
    if (!st) st = write_page(page, folders, count);
    if (!st) log_detail(&log, "wrote %s", page);
    if (!st) st = report_database(database, folders, count);
    if (!st) log_detail(&log, "wrote %s", database);
    if (!st && o->level != LOG_QUIET) {
        text_print(stdout, page);
        putchar('\n');
        text_print(stdout, database);
        putchar('\n');
    }
done:
    for (size_t i = 0; folders && i < read; i++) report_folder_release(&folders[i]);
    free(folders);
    free(page);
    free(database);
    return st;
}

enum status job_report(struct team *t, const struct options *o)
{
    enum status st = options_operands(o, 1, 1000, "DIR...");
    if (st) return st;
    return team_agree(t, team_rank(t) == 0 ? report(o) : SIBYL_OK);
}
