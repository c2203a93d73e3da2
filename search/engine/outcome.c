#include "search/engine/outcome.h"

#include "base/csv.h"
#include "base/file.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    return SIBYL_OK;
}

static enum status outcome_write_best(const struct search_run *run, const struct history *h,
                                      double sign)
{
    json_t *o = NULL;
    struct file_writer w = {0};
    char *path = file_join(run->folder, "best.json");
    enum status st = path ? outcome_best_json(run, h, sign, &o) : err_memory("a path");
    if (!st) st = file_write_begin(&w, path);
    if (st) goto done;
    if (json_dumpf(o, w.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) && !ferror(w.stream))
        st = err_memory("best.json");
    fputc('\n', w.stream);
    if (!st) st = file_write_commit(&w);
done:
    file_write_abandon(&w);
    json_decref(o);
    free(path);
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
    fprintf(f, ",%s,", e->failed ? "failed" : "ok");
    free(text);
    return SIBYL_OK;
}

static enum status outcome_write_history(const struct search_run *run, const struct history *h,
                                         double sign)
{
    struct file_writer w = {0};
    char *path = file_join(run->folder, "history.csv");
    enum status st = path ? file_write_begin(&w, path) : err_memory("a path");
    if (st) goto done;
    fputs("evaluation,task,round,origin,hash,architecture,status,value,best_value\n", w.stream);
    bool found = false;
    double best = 0;
    for (size_t k = 0; k < h->measured; k++) {
        const struct history_entry *e = &h->entries[h->order[k]];
        st = outcome_put_row(w.stream, run, e, h->order[k], k + 1);
        if (st) goto done;
        if (!e->failed) fprintf(w.stream, "%.17g", sign * e->value);
        if (!e->failed && (!found || e->value > best)) best = e->value;
        found = found || !e->failed;
        fputc(',', w.stream);
        if (found) fprintf(w.stream, "%.17g", sign * best);
        fputc('\n', w.stream);
    }
    st = file_write_commit(&w);
done:
    file_write_abandon(&w);
    free(path);
    return st;
}

bool outcome_is_written(const char *folder)
{
    static const char *const names[] = {"history.csv", "best.json"};
    bool all = true;
    for (size_t i = 0; all && i < sizeof(names) / sizeof(*names); i++) {
        char *path = file_join(folder, names[i]);
        all = path && access(path, F_OK) == 0;
        free(path);
    }
    return all;
}

enum status outcome_write(const struct search_run *run, const struct history *h, double sign)
{
    enum status st = outcome_write_history(run, h, sign);
    return st ? st : outcome_write_best(run, h, sign);
}
