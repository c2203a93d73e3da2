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

/* What a column of the history was at each of the fixed numbers. */
struct curve {
    int column; /* -1: the history has none */
    double at[BUDGETS], last;
};

static double number_of(const char *cell)
{
    char *end = NULL;
    double x = strtod(cell, &end);
    return *cell && !*end ? x : (double)NAN;
}

/* Row `evaluation` of the history, from 1. */
static void curve_take(struct curve *c, char *const *fields, uint64_t evaluation)
{
    double x = c->column < 0 ? (double)NAN : number_of(fields[c->column]);
    if (!isnan(x)) c->last = x;
    for (size_t i = 0; i < BUDGETS; i++)
        if (budgets[i] >= evaluation) c->at[i] = c->last;
}

static enum status read_curves(const char *folder, struct curve *best, struct curve *volume,
                               uint64_t *out_evaluations)
{
    struct csv c = {0};
    bool more = true;
    char *path = file_join(folder, "history.csv");
    enum status st = path ? csv_open(&c, path) : err_memory("history.csv");
    free(path);
    if (st) return st;
    best->column = csv_find(&c, "best_value");
    volume->column = csv_find(&c, "hypervolume");
    while (!(st = csv_next(&c, &more)) && more) {
        ++*out_evaluations;
        curve_take(best, c.fields, *out_evaluations);
        curve_take(volume, c.fields, *out_evaluations);
    }
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
    enum status st = read_curves(folder, &best, &volume, &evaluations);
    uint64_t most = o->evaluations ? o->evaluations : evaluations;
    for (size_t i = 0; !st && i < BUDGETS && budgets[i] <= most; i++) {
        put(row, "best", budgets[i], best.at[i]);
        if (!isnan(optimum)) put(row, "regret", budgets[i], sign * (optimum - best.at[i]));
        if (volume.column >= 0) put(row, "hypervolume", budgets[i], volume.at[i]);
    }
    return st;
}
