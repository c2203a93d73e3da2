#include "search/engine/outcome.h"

#include "base/csv.h"
#include "base/file.h"
#include "search/engine/front_files.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool outcome_put_number(json_t *o, const char *name, double value)
{
    return json_object_set_new(o, name, isfinite(value) ? json_real(value) : json_null()) == 0;
}

/* "values": of objectives and limits, where there are several; "report": what evaluator.report
 * names. */
static enum status outcome_put_values(json_t *best, const struct history *h,
                                      const struct history_entry *e)
{
    const struct objectives *o = h->objectives;
    bool good = true;
    json_t *values = o && o->values ? json_object() : NULL;
    json_t *reports = o && o->report_count ? json_object() : NULL;
    for (uint32_t i = 0; values && e->values && i < o->values; i++)
        good = good && outcome_put_number(values, o->names[i], e->values[i]);
    for (uint32_t i = 0; reports && i < o->report_count; i++)
        good = good && outcome_put_number(reports, o->reports[i],
                                          front_files_reported(h, e, o->reports[i]));
    if (values) good = json_object_set_new(best, "values", values) == 0 && good;
    if (reports) good = json_object_set_new(best, "report", reports) == 0 && good;
    return good ? SIBYL_OK : err_memory("best.json");
}

static enum status outcome_best_json(const struct search_run *run, const struct history *h,
                                     double sign, json_t **out)
{
    if (!h->found) {
        *out = json_pack("{s:n, s:i}", "value", "evaluations", (int)h->measured);
        return *out ? SIBYL_OK : err_memory("best.json");
    }
    const struct history_entry *e = &h->entries[h->best];
    enum status st = architecture_json(run->space, &e->candidate, out);
    if (st) return st;
    if (json_object_set_new(*out, "value", json_real(sign * e->value)) ||
        json_object_set_new(*out, "evaluation", json_integer((json_int_t)e->position + 1))) {
        json_decref(*out);
        *out = NULL;
        return err_memory("best.json");
    }
    st = outcome_put_values(*out, h, e);
    if (!st) return SIBYL_OK;
    json_decref(*out);
    *out = NULL;
    return st;
}

static enum status outcome_print_best(FILE *f, const struct search_run *run,
                                      const struct history *h, double sign)
{
    json_t *o = NULL;
    enum status st = outcome_best_json(run, h, sign, &o);
    if (st) return st;
    if (json_dumpf(o, f, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) && !ferror(f))
        st = err_memory("best.json");
    fputc('\n', f);
    json_decref(o);
    return st;
}

static enum status outcome_put_row(FILE *f, const struct search_run *run,
                                   const struct history_entry *e, size_t i, uint64_t evaluation)
{
    char hash[HASH128_TEXT_BYTES];
    char *text = architecture_text(run->space, e->candidate.genes);
    if (!text) return SIBYL_E_MEM;
    hash128_text(e->candidate.hash, hash);
    fprintf(f, "%" PRIu64 ",%zu,%" PRIu64 ",%s,%s,", evaluation, i, e->round, e->origin, hash);
    csv_print(f, text);
    fprintf(f, ",%s,", e->failed ? "failed" : e->early ? "stopped" : "ok");
    free(text);
    return SIBYL_OK;
}

/* ---- the columns behind: values of the program, seconds, error ---- */

/* Names that no value of a program's may take in history.csv and in tables made of it, where case
 * does not count. */
static const char *const own_columns[] = {
    "dir",   "evaluation",   "task",       "round", "origin",  "hash",   "status",
    "value", "architecture", "best_value", "error", "seconds", "budget", "epochs"};
#define COLUMNS_OF_BUDGETS 2 /* the last ones: of searches with budgets alone */

struct outcome_columns {
    char **names; /* (count) */
    uint32_t count;
    bool budgets;
};

static bool outcome_is_taken(const char *name, const struct outcome_columns *c)
{
    size_t own = sizeof(own_columns) / sizeof(*own_columns);
    if (!c->budgets) own -= COLUMNS_OF_BUDGETS;
    for (size_t i = 0; i < own; i++)
        if (strcasecmp(own_columns[i], name) == 0) return true;
    for (uint32_t i = 0; i < c->count; i++)
        if (strcasecmp(c->names[i], name) == 0) return true;
    return false;
}

/* The names of the columns, a value's own or with a number behind it; each to be freed. */
static enum status outcome_names(const struct history_details *d, bool budgets, char **out)
{
    for (uint32_t i = 0; i < d->count; i++) {
        const struct outcome_columns before = {out, i, budgets};
        size_t bytes = strlen(d->names[i]) + 16;
        out[i] = calloc(1, bytes);
        if (!out[i]) return err_memory("history.csv");
        snprintf(out[i], bytes, "%s", d->names[i]);
        for (uint32_t n = 2; outcome_is_taken(out[i], &before); n++)
            snprintf(out[i], bytes, "%s_%" PRIu32, d->names[i], n);
    }
    return SIBYL_OK;
}

static enum status outcome_put_header(FILE *f, const struct history_details *d, bool budgets)
{
    char **names = calloc(d->count + 1, sizeof(*names));
    enum status st = names ? outcome_names(d, budgets, names) : err_memory("history.csv");
    fputs("evaluation,task,round,origin,hash,architecture,status,value,best_value", f);
    if (budgets) fputs(",budget,epochs", f);
    for (uint32_t i = 0; !st && i < d->count; i++) {
        fputc(',', f);
        csv_print(f, names[i]);
    }
    fputs(",seconds,error\n", f);
    for (uint32_t i = 0; names && i < d->count; i++) free(names[i]);
    free(names);
    return st;
}

static void outcome_put_value(FILE *f, const struct history_detail *detail, uint32_t column)
{
    fputc(',', f);
    for (uint32_t i = 0; detail && i < detail->count; i++) {
        if (detail->columns[i] != column) continue;
        if (detail->texts && detail->texts[i][0])
            csv_print(f, detail->texts[i]);
        else if (isfinite(detail->values[i]))
            fprintf(f, "%.17g", detail->values[i]);
        return;
    }
}

static void outcome_put_detail(FILE *f, const struct history *h, const struct history_entry *e)
{
    const struct history_detail *detail = e->detail;
    for (uint32_t i = 0; i < h->details.count; i++) outcome_put_value(f, detail, i);
    fputc(',', f);
    if (detail && detail->seconds > 0) fprintf(f, "%.3f", detail->seconds);
    fputc(',', f);
    if (detail) csv_print(f, detail->error);
    fputc('\n', f);
}

static enum status outcome_print_history(FILE *f, const struct search_run *run,
                                         const struct history *h, double sign)
{
    const struct fidelity *budgets = &run->options->fidelity;
    enum status st = outcome_put_header(f, &h->details, budgets->levels > 0);
    bool found = false;
    double best = 0;
    for (size_t k = 0; k < h->measured && !st; k++) {
        const struct history_entry *e = &h->entries[h->order[k]];
        st = outcome_put_row(f, run, e, h->order[k], k + 1);
        if (st) break;
        if (!e->failed) fprintf(f, "%.17g", sign * e->value);
        bool answers = !e->failed && !e->low && !(e->violation > 0);
        if (answers && (!found || e->value > best)) best = e->value;
        found = found || answers;
        fputc(',', f);
        if (found) fprintf(f, "%.17g", sign * best);
        if (budgets->levels) fprintf(f, ",%.10g,%.10g", budgets->budgets[e->level], e->epochs);
        outcome_put_detail(f, h, e);
    }
    return st;
}

/* ---- the files ---- */

struct outcome_file {
    const char *name;
    enum status (*print)(FILE *f, const struct search_run *run, const struct history *h,
                         double sign);
};

static const struct outcome_file files[] = {{"history.csv", outcome_print_history},
                                            {"best.json", outcome_print_best},
                                            {"pareto.csv", front_files_print_front},
                                            {"hypervolume.csv", front_files_print_volumes}};

/* How many of them there are of this run: the last ones of several objectives alone. */
static size_t outcome_files(const struct search_run *run)
{
    return run->options->objectives.count > 1 ? 4 : 2;
}

static bool file_is(const char *path, const char *text, size_t bytes)
{
    char *there = NULL;
    size_t there_bytes = 0;
    bool same = access(path, R_OK) == 0 && !file_read(path, &there, &there_bytes) &&
                there_bytes == bytes && memcmp(there, text, bytes) == 0;
    free(there);
    return same;
}

bool outcome_is_written(const struct search_run *run, const struct history *h, double sign)
{
    bool all = true;
    for (size_t i = 0; all && i < outcome_files(run); i++) {
        char *text = NULL, *path = file_join(run->folder, files[i].name);
        size_t bytes = 0;
        FILE *f = path ? open_memstream(&text, &bytes) : NULL;
        all = f && !files[i].print(f, run, h, sign);
        if (f && fclose(f)) all = false;
        all = all && file_is(path, text, bytes);
        free(text);
        free(path);
    }
    return all;
}

enum status outcome_write(const struct search_run *run, const struct history *h, double sign)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < outcome_files(run) && !st; i++) {
        struct file_writer w = {0};
        char *path = file_join(run->folder, files[i].name);
        st = path ? file_write_begin(&w, path) : err_memory("a path");
        if (!st) st = files[i].print(w.stream, run, h, sign);
        if (!st) st = file_write_commit(&w);
        file_write_abandon(&w);
        free(path);
    }
    return st;
}
