#include "jobs/bench/bench_table.h"

#include "base/file.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum status bench_table_open(struct bench_table *t, const struct log *log, struct result *result,
                             const char *baseline)
{
    *t = (struct bench_table){.log = log, .result = result};
    if (baseline) {
        char *text;
        size_t bytes;
        json_error_t error;
        enum status st = file_read(baseline, &text, &bytes);
        if (st) return st;
        t->baseline = json_loadb(text, bytes, 0, &error);
        free(text);
        if (!json_is_object(t->baseline)) {
            json_decref(t->baseline);
            t->baseline = NULL;
            return err_set(SIBYL_E_FORMAT, "%s is not what sibyl bench --out writes", baseline);
        }
    }
    log_root(log, "%-22s %-30s %10s %-11s %9s %9s%s", "what", "shape", "rate", "", "of sgemm",
             "max error", t->baseline ? "  to baseline" : "");
    return SIBYL_OK;
}

void bench_table_close(struct bench_table *t)
{
    json_decref(t->baseline);
    *t = (struct bench_table){0};
}

/* " 1.23", or nothing where the number is not known. */
static const char *print(char *text, size_t bytes, const char *format, double x)
{
    text[0] = '\0';
    if (isfinite(x)) snprintf(text, bytes, format, x);
    return text;
}

void bench_table_add(struct bench_table *t, const struct bench_row *row)
{
    char key[96], part[32], error[32], ratio[32];
    snprintf(key, sizeof(key), "%s_%s", row->key, row->unit);
    double before = t->baseline ? json_number_value(json_object_get(t->baseline, key)) : 0;
    bool compared = row->of_sgemm && t->sgemm_gflops > 0;
    log_root(t->log, "%-22s %-30s %10.5g %-11s %9s %9s%s", row->key, row->shape, row->rate,
             row->unit,
             print(part, sizeof(part), "%.2f", compared ? row->rate / t->sgemm_gflops : NAN),
             isfinite(row->error) ? print(error, sizeof(error), "%.1e", row->error) : "same bits",
             print(ratio, sizeof(ratio), "  %11.2f", before > 0 ? row->rate / before : NAN));
    result_number(t->result, key, row->rate);
    if (!isfinite(row->error)) return;
    snprintf(key, sizeof(key), "%s_error", row->key);
    result_number(t->result, key, row->error);
}
