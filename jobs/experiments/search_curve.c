#include "jobs/experiments/search_curve.h"

#include "base/csv.h"
#include "base/file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t budgets[] = {10,   20,   50,   100,  150,   200,   300,   500,
                                   1000, 2000, 3000, 5000, 10000, 20000, 50000, 100000};
#define BUDGETS (sizeof(budgets) / sizeof(*budgets))

const uint64_t *search_curve_budgets(size_t *count)
{
    *count = BUDGETS;
    return budgets;
}

/* What a column of a search's table was after each of the fixed numbers of evaluations. */
struct curve {
    double at[BUDGETS], last;
};

static double number_of(const char *cell)
{
    char *end = NULL;
    double x = strtod(cell, &end);
    return *cell && !*end ? x : (double)NAN;
}

/* Row `evaluation` of the history, from 1. */
static void curve_take(struct curve *c, const char *cell, uint64_t evaluation)
{
    double x = number_of(cell);
    if (!isnan(x)) c->last = x;
    for (size_t i = 0; i < BUDGETS; i++)
        if (budgets[i] >= evaluation) c->at[i] = c->last;
}

/* Of a table with a row for each evaluation. */
static enum status read_curve(const char *folder, const char *name, const char *column,
                              struct curve *out, uint64_t *out_evaluations)
{
    struct csv c = {0};
    bool more = true;
    char *path = file_join(folder, name);
    enum status st = path ? csv_open(&c, path) : err_memory(name);
    free(path);
    if (st) return st;
    int at = csv_find(&c, column);
    *out_evaluations = 0;
    while (!(st = csv_next(&c, &more)) && more)
        curve_take(out, at < 0 ? "" : c.fields[at], ++*out_evaluations);
    csv_close(&c);
    return st;
}

static void put(struct result *row, const char *what, uint64_t at, double value)
{
    char key[64];
    snprintf(key, sizeof(key), "%s_at_%" PRIu64, what, at);
    result_number(row, key, value);
}

enum status search_curve_report(const char *folder, const struct search_options *o, double optimum,
                                struct result *row)
{
    struct curve best = {.last = NAN}, volume = {.last = NAN};
    uint64_t evaluations = 0;
    double sign = o->minimise ? -1 : 1;
    bool volumes = o->objectives.count > 1;
    enum status st = read_curve(folder, "history.csv", "best_value", &best, &evaluations);
    if (!st && volumes)
        st = read_curve(folder, "hypervolume.csv", "hypervolume", &volume, &evaluations);
    uint64_t most = o->evaluations ? o->evaluations : evaluations;
    for (size_t i = 0; !st && i < BUDGETS && budgets[i] <= most; i++) {
        put(row, "best", budgets[i], best.at[i]);
        if (!isnan(optimum)) put(row, "regret", budgets[i], sign * (optimum - best.at[i]));
        if (volumes) put(row, "hypervolume", budgets[i], volume.at[i]);
    }
    return st;
}
