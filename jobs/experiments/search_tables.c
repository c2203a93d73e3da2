#include "jobs/experiments/search_tables.h"

#include "base/csv.h"
#include "jobs/config/config.h"
#include "jobs/experiments/search_curve.h"
#include "jobs/experiments/table_files.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of experiment.csv that stand first; then come all others of any row, by their names. */
static const char *const first_columns[] = {"task",
                                            "setting",
                                            "repeat",
                                            "seed",
                                            "folder",
                                            "evaluations_allowed",
                                            "target",
                                            "space",
                                            "algorithm",
                                            "pace",
                                            "evaluations",
                                            "failed_evaluations",
                                            "rounds",
                                            "stopped_because",
                                            "best_value",
                                            "best_hash",
                                            "best_architecture",
                                            "evaluations_to_best",
                                            "evaluations_to_target",
                                            "optimum",
                                            "regret"};
/* Those that stand last: they depend on the machine, and on whether a search was stopped. */
static const char *const last_columns[] = {"resumed", "ranks", "threads", "wall_s"};
/* And those that have no column. */
static const char *const no_columns[] = {"verb", "status", "version", "digest"};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))
#define IN(list, name) is_in(list, COUNT(list), name)

static bool is_in(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], name)) return true;
    return false;
}

struct columns {
    const char **names; /* (count) borrowed of the rows */
    size_t count, capacity;
};

/* best_at_20 before best_at_100: names that differ in the number at their ends alone by it. */
static int by_name(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t head = strcspn(x, "0123456789");
    if (head != strcspn(y, "0123456789") || strncmp(x, y, head) != 0) return strcmp(x, y);
    long long i = strtoll(x + head, NULL, 10), k = strtoll(y + head, NULL, 10);
    return i != k ? (i > k) - (i < k) : strcmp(x, y);
}

static enum status add_columns(struct columns *c, json_t *row)
{
    json_t *value;
    const char *key;
    json_object_foreach(row, key, value)
    {
        if (IN(first_columns, key) || IN(last_columns, key) || IN(no_columns, key)) continue;
        if (is_in(c->names, c->count, key)) continue;
        if (c->count == c->capacity) {
            size_t capacity = c->capacity ? 2 * c->capacity : 64;
            const char **names = realloc(c->names, capacity * sizeof(*names));
            if (!names) return err_memory("experiment.csv");
            c->names = names;
            c->capacity = capacity;
        }
        c->names[c->count++] = key;
    }
    return SIBYL_OK;
}

/* Names of the columns in between. */
static enum status other_columns(const struct search_rows *e, struct columns *out)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; !st && i < e->settings * e->repeats; i++) st = add_columns(out, e->rows[i]);
    if (out->count) qsort(out->names, out->count, sizeof(*out->names), by_name);
    return st;
}

static void print_list(FILE *f, const json_t *row, const struct columns *c)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->names != first_columns || i) fputc(',', f);
        if (row)
            table_field(f, json_object_get(row, c->names[i]));
        else
            csv_print(f, c->names[i]);
    }
}

/* `row` NULL: the names of the columns. */
static void print_cells(FILE *f, const json_t *row, const struct columns *others)
{
    const struct columns lists[] = {
        {(const char **)(uintptr_t)first_columns, COUNT(first_columns), 0},
        *others,
        {(const char **)(uintptr_t)last_columns, COUNT(last_columns), 0}};
    for (size_t i = 0; i < COUNT(lists); i++) print_list(f, row, &lists[i]);
    fputc('\n', f);
}

/* ---- summary.csv ---- */

static void print_summary_csv(const struct search_rows *e, const struct search_summary *s, FILE *f)
{
    static const char *const parts[] = {"n",    "mean",  "low",        "high", "median",
                                        "tail", "worst", "difference", "p",    "p_holm"};
    fputs("setting,repeats", f);
    for (size_t k = 0; k < s->count; k++) {
        const struct search_measure *m = &s->measures[k];
        for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
            fprintf(f, ",%s_%s", m->key, parts[i]);
        if (m->figure == FIGURE_TO_TARGET) fprintf(f, ",%s_missed", m->key);
    }
    for (size_t i = 0; i < e->settings; i++) {
        fputc('\n', f);
        csv_print(f, e->configs[i].setting);
        fprintf(f, ",%zu", e->repeats);
        for (size_t k = 0; k < s->count; k++) {
            const struct search_cell *c = &s->cells[i * s->count + k];
            const double numbers[] = {c->mean,  c->low,        c->high, c->median, c->tail,
                                      c->worst, c->difference, c->p,    c->p_holm};
            fprintf(f, ",%zu", c->count);
            for (size_t n = 0; n < sizeof(numbers) / sizeof(*numbers); n++) {
                fputc(',', f);
                table_number(f, numbers[n]);
            }
            if (s->measures[k].figure == FIGURE_TO_TARGET) fprintf(f, ",%zu", c->missed);
        }
    }
    fputc('\n', f);
}

/* ---- summary.md ---- */

static void print_figure(FILE *f, double x, bool at_least)
{
    fputs(" | ", f);
    if (isfinite(x)) fprintf(f, "%s%.6g", at_least ? ">= " : "", x);
}

static void print_mean(FILE *f, const struct search_cell *c)
{
    print_figure(f, c->mean, c->missed > 0);
    if (isfinite(c->low)) fprintf(f, " [%.6g, %.6g]", c->low, c->high);
}

/* All figures of one measure, a line for each setting. */
static void print_section(const struct search_rows *e, const struct search_summary *s,
                          enum search_figure figure, FILE *f)
{
    static const char *const titles[] = {[FIGURE_TO_TARGET] = "Evaluations to the target",
                                         [FIGURE_BEST] = "Best value at the end",
                                         [FIGURE_REGRET] = "Regret at the end",
                                         [FIGURE_VOLUME] = "Hypervolume at the end",
                                         [FIGURE_WALL] = "Seconds"};
    bool target = figure == FIGURE_TO_TARGET, compared = e->settings > 1 && figure != FIGURE_WALL;
    size_t k = search_summary_find(s, figure, 0);
    if (k == s->count) return;
    fprintf(f, "\n## %s\n\n| setting | n%s | mean [95%%] | median | 95%% | worst%s |\n|---|---%s",
            titles[figure], target ? " | reached" : "",
            compared ? " | difference | p | p, Holm" : "", target ? "|---" : "");
    fprintf(f, "|---|---|---|---%s|", compared ? "|---|---|---" : "");
    for (size_t i = 0; i < e->settings; i++) {
        const struct search_cell *c = &s->cells[i * s->count + k];
        fputs("\n| ", f);
        table_name(f, e->configs[i].setting);
        fprintf(f, " | %zu", c->count);
        if (target) fprintf(f, " | %zu", c->count - c->missed);
        print_mean(f, c);
        print_figure(f, c->median, c->median >= c->least_missed);
        print_figure(f, c->tail, c->tail >= c->least_missed);
        print_figure(f, c->worst, c->missed > 0);
        const double tests[] = {c->difference, c->p, c->p_holm};
        for (int n = 0; compared && n < 3; n++) {
            fputs(" | ", f);
            if (isfinite(tests[n])) fprintf(f, n ? "%.2g" : "%+.4g", tests[n]);
        }
        fputs(" |", f);
    }
    fputc('\n', f);
}

/* Means of one figure at the fixed numbers of evaluations. */
static void print_curve(const struct search_rows *e, const struct search_summary *s,
                        enum search_figure figure, FILE *f)
{
    static const char *const titles[] = {
        [FIGURE_BEST] = "Best value", [FIGURE_REGRET] = "Regret", [FIGURE_VOLUME] = "Hypervolume"};
    size_t columns = 0;
    for (size_t k = 0; k < s->count; k++)
        columns += s->measures[k].figure == figure && s->measures[k].at;
    if (!columns) return;
    fprintf(f, "\n## %s after so many evaluations, mean [95%%]\n\n| setting", titles[figure]);
    for (size_t k = 0; k < s->count; k++)
        if (s->measures[k].figure == figure && s->measures[k].at)
            fprintf(f, " | %" PRIu64, s->measures[k].at);
    fputs(" |\n|---|", f);
    for (size_t k = 0; k < columns; k++) fputs("---|", f);
    for (size_t i = 0; i < e->settings; i++) {
        fputs("\n| ", f);
        table_name(f, e->configs[i].setting);
        for (size_t k = 0; k < s->count; k++) {
            const struct search_cell *c = &s->cells[i * s->count + k];
            if (s->measures[k].figure != figure || !s->measures[k].at) continue;
            print_mean(f, c);
            if (c->p_holm < 0.05) fputs(" *", f);
        }
        fputs(" |", f);
    }
    fputc('\n', f);
}

/* Has a search a reference of its own, which is the worst that it has met? */
static bool has_own_references(const struct search_rows *e)
{
    for (size_t i = 0; i < e->settings; i++) {
        const struct objectives *o = &e->configs[i].values->search.options.objectives;
        for (uint32_t k = 0; o->count > 1 && k < o->count; k++)
            if (isnan(o->list[k].reference)) return true;
    }
    return false;
}

static void print_summary_md(const struct search_rows *e, const struct search_summary *s, FILE *f)
{
    fprintf(f,
            "# %s\n\n%zu settings, %zu searches each. Intervals: 95%% confidence of the mean, by "
            "Student's t. \"95%%\": 19 of 20 searches\nare as good, or better. A search that did "
            "not reach its target counts with all its evaluations, of which it would have\nneeded "
            "more (\"reached\" tells the others; figures that depend on it are marked >=).\n",
            e->title, e->settings, e->repeats);
    if (e->settings > 1)
        fputs("Against the first setting, over the seeds that both have: the mean difference, and "
              "p of Wilcoxon's signed-rank\ntest (two-sided), also by Holm's correction for the "
              "number of settings (`*`: below 0.05).\n",
              f);
    if (has_own_references(e))
        fputs(
            "Hypervolumes are from references of its own in each search (the worst values that it "
            "met): give each\nobjective a `reference` to compare them.\n",
            f);
    fputs("All digits: summary.csv, experiment.csv.\n", f);
    for (int figure = FIGURE_TO_TARGET; figure <= FIGURE_VOLUME; figure++)
        print_section(e, s, (enum search_figure)figure, f);
    for (int figure = FIGURE_BEST; figure <= FIGURE_VOLUME; figure++)
        print_curve(e, s, (enum search_figure)figure, f);
    print_section(e, s, FIGURE_WALL, f);
}

/* ---- files ---- */

struct tables {
    const struct search_rows *rows;
    const struct search_summary *summary;
    const struct columns *others;
};

static void print_table(const void *context, enum table_file which, FILE *f)
{
    const struct tables *t = context;
    const struct search_rows *e = t->rows;
    if (which == TABLE_EXPERIMENT) print_cells(f, NULL, t->others);
    for (size_t i = 0; which == TABLE_EXPERIMENT && i < e->settings * e->repeats; i++)
        print_cells(f, e->rows[i], t->others);
    if (which == TABLE_SUMMARY) print_summary_csv(e, t->summary, f);
    if (which == TABLE_TEXT) print_summary_md(e, t->summary, f);
}

/* Of the first setting. */
static void report(const struct search_summary *s, struct result *r)
{
    size_t target = search_summary_find(s, FIGURE_TO_TARGET, 0),
           best = search_summary_find(s, FIGURE_BEST, 0);
    if (target < s->count) {
        const struct search_cell *c = &s->cells[target];
        result_number(r, "evaluations_to_target_mean", c->mean);
        result_number(r, "evaluations_to_target_low", c->low);
        result_number(r, "evaluations_to_target_high", c->high);
        result_integer(r, "evaluations_to_target_missed", c->missed);
    }
    if (best < s->count) result_number(r, "best_value_mean", s->cells[best].mean);
}

enum status search_tables_write(const struct search_rows *e, const char *folder,
                                struct result *result)
{
    struct search_summary summary = {0};
    struct columns others = {0};
    enum status st = other_columns(e, &others);
    if (!st) st = search_summary_make(&summary, e);
    const struct tables tables = {e, &summary, &others};
    if (!st) st = table_files_write(folder, print_table, &tables);
    if (!st) report(&summary, result);
    free(others.names);
    search_summary_release(&summary);
    return st;
}
