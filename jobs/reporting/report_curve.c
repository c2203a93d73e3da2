#include "jobs/reporting/report_curve.h"

#include "jobs/reporting/report_json.h"

#include <stdlib.h>
#include <string.h>

#define REASONS_MAX 10 /* of the most frequent */

/* ---- the best value ---- */

struct sums {
    int column; /* -1: the history has none */
    double sum;
};

static void sums_add(struct sums *s, const struct report_table *t, size_t row)
{
    s->sum += strtod(report_table_cell(t, row, s->column), NULL);
}

static void print_steps(FILE *f, const struct report_table *t, struct sums *sums, size_t count)
{
    static const char *const names[] = {"seconds", "epochs"};
    int best = report_table_column(t, "best_value");
    const char *before = "";
    bool first = true;
    char *parts[3] = {NULL};
    size_t bytes[3];
    FILE *part[3] = {NULL};
    for (size_t i = 0; i <= count; i++) part[i] = open_memstream(&parts[i], &bytes[i]);
    fputs("\"steps\":{\"at\":[", f);
    for (size_t r = 1; r < t->rows; r++) {
        const char *cell = report_table_cell(t, r, best);
        for (size_t i = 0; i < count; i++) sums_add(&sums[i], t, r);
        if (!*cell || !strcmp(cell, before)) continue;
        fprintf(f, "%s%zu", first ? "" : ",", r);
        for (size_t i = 0; i <= count && part[i]; i++) {
            if (!first) fputc(',', part[i]);
            report_json_number(part[i], i < count ? sums[i].sum : strtod(cell, NULL));
        }
        before = cell;
        first = false;
    }
    for (size_t i = 0; i <= count; i++) {
        if (part[i]) fclose(part[i]);
        if (i < count && sums[i].column < 0) continue;
        fprintf(f, "],\"%s\":[%s", i < count ? names[i] : "best", parts[i] ? parts[i] : "");
    }
    fputs("]}", f);
    for (size_t i = 0; i <= count; i++) free(parts[i]);
}

/* ---- failures ---- */

struct reason {
    const char *text;
    size_t count;
};

static int text_compare(const void *a, const void *b)
{
    return strcmp(((const struct reason *)a)->text, ((const struct reason *)b)->text);
}

static int reason_compare(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* Equal reasons become one, with their number; the most frequent first. */
static size_t count_reasons(struct reason *list, size_t count)
{
    size_t kept = 0;
    qsort(list, count, sizeof(*list), text_compare);
    for (size_t i = 0; i < count; i++) {
        if (kept && strcmp(list[kept - 1].text, list[i].text) == 0)
            list[kept - 1].count++;
        else
            list[kept++] = list[i];
    }
    qsort(list, kept, sizeof(*list), reason_compare);
    return kept;
}

static enum status print_failures(FILE *f, const struct report_table *t)
{
    int error = report_table_column(t, "error"), status = report_table_column(t, "status");
    size_t count = 0, failed = 0;
    struct reason *list = calloc(t->rows, sizeof(*list));
    if (!list) return err_memory("the failed evaluations");
    for (size_t r = 1; r < t->rows; r++) {
        const char *text = report_table_cell(t, r, error);
        if (strcmp(report_table_cell(t, r, status), "failed") != 0) continue;
        failed++;
        list[count++] = (struct reason){*text ? text : "no reason is told", 1};
    }
    count = count_reasons(list, count);
    fprintf(f, "\"failed\":%zu,\"failure_kinds\":%zu,\"failures\":[", failed, count);
    for (size_t i = 0; i < count && i < REASONS_MAX; i++) {
        fprintf(f, "%s[%zu,", i ? "," : "", list[i].count);
        report_json_text(f, list[i].text);
        fputc(']', f);
    }
    fputs("],", f);
    free(list);
    return SIBYL_OK;
}

enum status report_curve(FILE *f, const struct report_table *history)
{
    struct sums sums[] = {{report_table_column(history, "seconds"), 0},
                          {report_table_column(history, "epochs"), 0}};
    fprintf(f, "{\"evaluations\":%zu,", history->rows ? history->rows - 1 : 0);
    enum status st = history->rows ? print_failures(f, history) : SIBYL_OK;
    if (st) return st;
    print_steps(f, history, sums, 2);
    if (sums[0].column >= 0) fprintf(f, ",\"seconds\":%.9g", sums[0].sum);
    if (sums[1].column >= 0) fprintf(f, ",\"epochs\":%.9g", sums[1].sum);
    fputc('}', f);
    return SIBYL_OK;
}

/* ---- the rows that are told ---- */

struct ranked {
    double value; /* the best is the largest */
    size_t row;
};

static int ranked_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

enum status report_curve_select(const struct report_table *history, bool minimise, size_t most,
                                bool *keep)
{
    int value = report_table_column(history, "value");
    size_t count = 0;
    memset(keep, 0, history->rows * sizeof(*keep));
    struct ranked *list = calloc(history->rows + 1, sizeof(*list));
    if (!list) return err_memory("the best evaluations");
    for (size_t r = 1; r < history->rows; r++) {
        const char *cell = report_table_cell(history, r, value);
        double number = strtod(cell, NULL);
        keep[r] = history->rows - 1 <= most;
        if (*cell) list[count++] = (struct ranked){minimise ? -number : number, r};
    }
    qsort(list, count, sizeof(*list), ranked_compare);
    for (size_t i = 0; i < count && i < most; i++) keep[list[i].row] = true;
    free(list);
    return SIBYL_OK;
}
