#include "jobs/reporting/report_evaluations.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 25   /* of the best */
#define REASONS_MAX 10 /* of the most frequent */

struct ranked {
    double value; /* the best is the largest */
    size_t row;
};

struct reason {
    const char *text;
    size_t count;
};

static const char *cell(const struct report_table *t, size_t row, int column)
{
    return column < 0 ? "" : t->cells[row * t->columns + (size_t)column];
}

static int ranked_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int reason_compare(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* Is the lowest value the best? As result.json says, or else the last best value, which does not
 * tell where there are limits. */
static bool is_minimised(const struct report_folder *f, int value, int best)
{
    const struct report_table *t = &f->curve;
    const char *goal = json_string_value(json_object_get(f->result, "goal"));
    if (goal) return !strcmp(goal, "min");
    double low = INFINITY, high = -INFINITY;
    for (size_t r = 1; r < t->rows; r++) {
        if (!*cell(t, r, value)) continue;
        double x = strtod(cell(t, r, value), NULL);
        low = fmin(low, x);
        high = fmax(high, x);
    }
    return low < high && strtod(cell(t, t->rows - 1, best), NULL) <= low;
}

/* Columns that tell nothing here, or that are too long. */
static bool is_shown(const char *column)
{
    static const char *const hidden[] = {"round",  "hash",       "architecture",
                                         "status", "best_value", "error"};
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (strcmp(hidden[i], column) == 0) return false;
    return true;
}

static void print_rows(FILE *page, const struct report_table *t, const struct ranked *list,
                       size_t count, void (*text)(FILE *page, const char *text))
{
    fprintf(page, "<h3>best evaluations</h3>\n<table>\n");
    for (size_t i = 0; i <= count; i++) {
        fprintf(page, "<tr>");
        for (size_t c = 0; c < t->columns; c++) {
            if (!is_shown(t->cells[c])) continue;
            fprintf(page, i ? "<td>" : "<th>");
            text(page, cell(t, i ? list[i - 1].row : 0, (int)c));
            fprintf(page, i ? "</td>" : "</th>");
        }
        fprintf(page, "</tr>\n");
    }
    fprintf(page, "</table>\n");
}

static enum status print_best(FILE *page, const struct report_folder *f,
                              void (*text)(FILE *page, const char *text))
{
    const struct report_table *t = &f->curve;
    int value = report_table_column(t, "value"), best = report_table_column(t, "best_value");
    size_t count = 0;
    struct ranked *list = calloc(t->rows, sizeof(*list));
    if (!list) return err_memory("the best evaluations");
    double sign = is_minimised(f, value, best) ? -1 : 1;
    for (size_t r = 1; r < t->rows; r++) {
        if (!*cell(t, r, value)) continue;
        list[count++] = (struct ranked){sign * strtod(cell(t, r, value), NULL), r};
    }
    qsort(list, count, sizeof(*list), ranked_compare);
    if (json_integer_value(json_object_get(f->result, "outside_limits")) > 0)
        fprintf(page, "<p>Networks outside the limits are among the best evaluations.</p>\n");
    if (count) print_rows(page, t, list, count < SHOWN_MAX ? count : SHOWN_MAX, text);
    free(list);
    return SIBYL_OK;
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(((const struct reason *)a)->text, ((const struct reason *)b)->text);
}

/* Equal reasons become one, with their number. */
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

static enum status print_reasons(FILE *page, const struct report_table *t,
                                 void (*text)(FILE *page, const char *text))
{
    int error = report_table_column(t, "error");
    size_t count = 0;
    if (error < 0) return SIBYL_OK;
    struct reason *list = calloc(t->rows, sizeof(*list));
    if (!list) return err_memory("the failed evaluations");
    for (size_t r = 1; r < t->rows; r++)
        if (*cell(t, r, error)) list[count++] = (struct reason){cell(t, r, error), 1};
    count = count_reasons(list, count);
    if (count) fprintf(page, "<h3>failed evaluations</h3>\n<table>\n");
    for (size_t i = 0; i < count && i < REASONS_MAX; i++) {
        fprintf(page, "<tr><td>%zu</td><td>", list[i].count);
        text(page, list[i].text);
        fprintf(page, "</td></tr>\n");
    }
    if (count > REASONS_MAX)
        fprintf(page, "<tr><td></td><td>and %zu other reasons</td></tr>\n", count - REASONS_MAX);
    if (count) fprintf(page, "</table>\n");
    free(list);
    return SIBYL_OK;
}

enum status report_evaluations(FILE *page, const struct report_folder *f,
                               void (*text)(FILE *page, const char *text))
{
    if (f->curve.rows < 2 || strcmp(f->curve_name, "evaluations") != 0) return SIBYL_OK;
    enum status st = print_best(page, f, text);
    return st ? st : print_reasons(page, &f->curve, text);
}
