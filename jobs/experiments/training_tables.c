#include "jobs/experiments/training_tables.h"

#include "base/csv.h"
#include "base/statistics.h"
#include "jobs/experiments/table_files.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of experiment.csv; the last two depend on the machine. */
static const char *const columns[] = {
    "task",
    "setting",
    "repeat",
    "split_seed",
    "seed",
    "train_size",
    "test_size",
    "parameters",
    "epochs",
    "loss",
    "test_kendall_tau",
    "test_spearman",
    "test_mape",
    "test_top10_overlap",
    "test_top100_overlap",
    "test_n_at_5",
    "test_n_at_10",
    "test_top_tenth_tau",
    "test_within_5_percent",
    "test_within_10_percent",
    "test_kendall_tau_all",
    "test_kendall_tau_others",
    "test_kendall_tau_new",
    "test_networks_kendall_tau",
    "test_networks_kendall_tau_all",
    "test_networks_kendall_tau_others",
    "test_networks_kendall_tau_new",
    "test_coverage_50",
    "test_coverage_80",
    "test_coverage_90",
    "test_coverage_95",
    "test_nll",
    "predictor_sha256",
    "samples_per_s",
    "train_s",
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* What summaries tell of each setting. */
static const struct measure {
    const char *key, *title;
    bool compared; /* with the first setting */
    bool for_mape; /* in summary.md only where a loss is mape */
    bool for_gp;   /* in summary.md only where there is a Gaussian process */
} measures[] = {
    {"test_kendall_tau", "tau", true, false, false},
    {"test_kendall_tau_new", "tau, new networks", true, false, false},
    {"test_top10_overlap", "top-10 overlap", true, false, false},
    {"test_mape", "MAPE", true, true, false},
    {"test_networks_kendall_tau", "tau without the process", false, false, true},
    {"test_networks_kendall_tau_new", "new networks", false, false, true},
    {"test_coverage_90", "90% intervals hold", false, false, true},
    {"train_s", "train_s", false, false, false},
};
#define MEASURES (sizeof(measures) / sizeof(measures[0]))

struct cell {
    struct statistics own;
    struct paired_test test; /* against the first setting */
};

static void print_experiment(const struct training_rows *e, FILE *f)
{
    for (size_t c = 0; c < COLUMNS; c++) fprintf(f, "%s%s", c ? "," : "", columns[c]);
    fputc('\n', f);
    for (size_t i = 0; i < e->settings * e->repeats; i++) {
        for (size_t c = 0; c < COLUMNS; c++) {
            if (c) fputc(',', f);
            table_field(f, json_object_get(e->rows[i], columns[c]));
        }
        fputc('\n', f);
    }
}

/* ---- summaries ---- */

static void gather(const struct training_rows *e, size_t setting, const char *key, double *out)
{
    for (size_t i = 0; i < e->repeats; i++) {
        const json_t *value = json_object_get(e->rows[i * e->settings + setting], key);
        out[i] = json_is_number(value) ? json_number_value(value) : NAN;
    }
}

/* cells (settings, MEASURES) */
static enum status summarise(const struct training_rows *e, struct cell **out)
{
    struct cell *cells = calloc(e->settings * MEASURES, sizeof(*cells));
    double *first = calloc(2 * e->repeats, sizeof(*first)), *own = first + e->repeats;
    if (!cells || !first) {
        free(cells);
        free(first);
        return err_memory("a summary");
    }
    for (size_t k = 0; k < MEASURES; k++) {
        gather(e, 0, measures[k].key, first);
        for (size_t s = 0; s < e->settings; s++) {
            gather(e, s, measures[k].key, own);
            cells[s * MEASURES + k] = (struct cell){statistics_of(own, e->repeats),
                                                    statistics_paired_test(own, first, e->repeats)};
        }
    }
    free(first);
    *out = cells;
    return SIBYL_OK;
}

static void print_summary_csv(const struct training_rows *e, const struct cell *cells, FILE *f)
{
    fprintf(f, "setting,repeats");
    for (size_t k = 0; k < MEASURES; k++) {
        const char *key = measures[k].key;
        fprintf(f, ",%s_mean,%s_sd,%s_n", key, key, key);
        if (measures[k].compared) fprintf(f, ",%s_difference,%s_p", key, key);
    }
    for (size_t s = 0; s < e->settings; s++) {
        fputc('\n', f);
        csv_print(f, e->names[s]);
        fprintf(f, ",%zu", e->repeats);
        for (size_t k = 0; k < MEASURES; k++) {
            const struct cell *c = &cells[s * MEASURES + k];
            fputc(',', f);
            table_number(f, c->own.mean);
            fputc(',', f);
            table_number(f, c->own.deviation);
            fprintf(f, ",%zu", c->own.count);
            if (!measures[k].compared) continue;
            fputc(',', f);
            if (s) table_number(f, c->test.difference);
            fputc(',', f);
            if (s) table_number(f, c->test.p);
        }
    }
    fputc('\n', f);
}

static void print_cell_md(FILE *f, const struct cell *c, bool compared, bool first)
{
    fprintf(f, " | ");
    if (isfinite(c->own.mean)) fprintf(f, "%.4f", c->own.mean);
    if (isfinite(c->own.deviation)) fprintf(f, " ± %.4f", c->own.deviation);
    if (!compared) return;
    fprintf(f, " | ");
    if (!first && isfinite(c->test.difference)) fprintf(f, "%+.4f", c->test.difference);
    fprintf(f, " | ");
    if (!first && isfinite(c->test.p)) fprintf(f, "%.2g", c->test.p);
}

/* Whether summary.md shows a measure. */
static bool shown(const struct training_rows *e, const struct cell *cells, size_t k)
{
    bool any = false;
    for (size_t s = 0; s < e->settings; s++) any |= cells[s * MEASURES + k].own.count > 0;
    return (!measures[k].for_mape || e->mape) && (!measures[k].for_gp || any);
}

static void print_summary_md(const struct training_rows *e, const struct cell *cells, FILE *f)
{
    fprintf(
        f,
        "# %s\n\n%zu settings, %zu repeats. Mean ± sample standard deviation over the repeats; "
        "difference of the means to\nthe first setting, and p of the paired two-sided t-test over "
        "the repeats. All digits: summary.csv, experiment.csv.\n\n| setting | n",
        e->title, e->settings, e->repeats);
    size_t width = 2;
    for (size_t k = 0; k < MEASURES; k++) {
        if (!shown(e, cells, k)) continue;
        fprintf(f, " | %s%s", measures[k].title, measures[k].compared ? " | difference | p" : "");
        width += measures[k].compared ? 3 : 1;
    }
    fprintf(f, " |\n|");
    for (size_t i = 0; i < width; i++) fprintf(f, "---|");
    for (size_t s = 0; s < e->settings; s++) {
        fprintf(f, "\n| ");
        table_name(f, e->names[s]);
        fprintf(f, " | %zu", cells[s * MEASURES].own.count);
        for (size_t k = 0; k < MEASURES; k++)
            if (shown(e, cells, k))
                print_cell_md(f, &cells[s * MEASURES + k], measures[k].compared, s == 0);
        fprintf(f, " |");
    }
    fputc('\n', f);
}

/* ---- files ---- */

struct tables {
    const struct training_rows *rows;
    const struct cell *cells;
};

static void print_table(const void *context, enum table_file which, FILE *f)
{
    const struct tables *t = context;
    if (which == TABLE_EXPERIMENT) print_experiment(t->rows, f);
    if (which == TABLE_SUMMARY) print_summary_csv(t->rows, t->cells, f);
    if (which == TABLE_TEXT) print_summary_md(t->rows, t->cells, f);
}

enum status training_tables_write(const struct training_rows *e, const char *folder)
{
    struct cell *cells = NULL;
    enum status st = summarise(e, &cells);
    const struct tables tables = {e, cells};
    if (!st) st = table_files_write(folder, print_table, &tables);
    free(cells);
    return st;
}

enum status training_tables_report(const struct training_rows *e, struct result *r)
{
    struct cell *cells = NULL;
    enum status st = summarise(e, &cells);
    if (st) return st;
    result_number(r, "test_kendall_tau", cells[0].own.mean);
    result_number(r, "test_kendall_tau_sd", cells[0].own.deviation);
    free(cells);
    return SIBYL_OK;
}
