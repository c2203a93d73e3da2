#include "search/engine/front.h"

#include "base/csv.h"
#include "base/file.h"
#include "search/algorithms/hypervolume.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The objectives of an entry, larger is better. */
static void entry_point(const struct history *h, const struct history_entry *e, double *out)
{
    for (uint32_t k = 0; k < h->objectives->count; k++)
        out[k] = objectives_upward(h->objectives, k, e->values[k]);
}

void front_reference(const struct history *h, double *out)
{
    const struct objectives *o = h->objectives;
    double point[OBJECTIVES_MAX];
    for (uint32_t k = 0; k < o->count; k++) out[k] = INFINITY;
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->failed) continue;
        entry_point(h, e, point);
        for (uint32_t k = 0; k < o->count; k++) out[k] = fmin(out[k], point[k]);
    }
    for (uint32_t k = 0; k < o->count; k++)
        if (!isnan(o->list[k].reference)) out[k] = objectives_upward(o, k, o->list[k].reference);
}

void front_release(struct front *f)
{
    pareto_front_release(&f->points);
    *f = (struct front){0};
}

/* One evaluation more; *hypervolume grows with it. */
static enum status front_add(struct front *f, struct hypervolume *scratch, const struct history *h,
                             size_t entry)
{
    const struct history_entry *e = &h->entries[entry];
    double point[OBJECTIVES_MAX], gain = 0;
    if (e->failed || e->violation > 0) return SIBYL_OK;
    entry_point(h, e, point);
    enum status st = hypervolume_gain(scratch, &f->points, f->reference, point, &gain);
    f->hypervolume += gain;
    return st ? st : pareto_front_add(&f->points, point, entry, NULL);
}

enum status front_of(const struct history *h, struct front *out)
{
    struct hypervolume scratch = {0};
    enum status st = SIBYL_OK;
    *out = (struct front){.points.k = h->objectives->count};
    front_reference(h, out->reference);
    for (size_t i = 0; i < h->measured && !st; i++) st = front_add(out, &scratch, h, h->order[i]);
    if (!st)
        st = hypervolume_of(&scratch, out->points.points, out->points.count, out->points.k,
                            out->reference, &out->hypervolume);
    hypervolume_release(&scratch);
    if (st) front_release(out);
    return st;
}

double front_reported(const struct history *h, const struct history_entry *e, const char *name)
{
    const struct history_detail *d = e->detail;
    for (uint32_t i = 0; d && i < d->count; i++)
        if (!strcmp(h->details.names[d->columns[i]], name)) return d->values[i];
    return (double)NAN;
}

/* ---- files ---- */

static void put_header(FILE *f, const struct objectives *o)
{
    fputs("hash,architecture", f);
    for (uint32_t i = 0; i < o->values; i++) {
        fputc(',', f);
        csv_print(f, o->names[i]);
    }
    for (uint32_t i = 0; i < o->report_count; i++) {
        fputc(',', f);
        csv_print(f, o->reports[i]);
    }
    fputs(",evaluation\n", f);
}

static enum status put_row(FILE *f, const struct search_run *run, const struct history *h,
                           const struct history_entry *e)
{
    const struct objectives *o = h->objectives;
    char hash[HASH128_TEXT_BYTES];
    char *text = architecture_text(run->space, e->candidate.genes);
    if (!text) return SIBYL_E_MEM;
    hash128_text(e->candidate.hash, hash);
    fprintf(f, "%s,", hash);
    csv_print(f, text);
    free(text);
    for (uint32_t i = 0; i < o->values; i++) fprintf(f, ",%.17g", e->values[i]);
    for (uint32_t i = 0; i < o->report_count; i++) {
        double value = front_reported(h, e, o->reports[i]);
        fputc(',', f);
        if (isfinite(value)) fprintf(f, "%.17g", value);
    }
    fprintf(f, ",%zu\n", e->position + 1);
    return SIBYL_OK;
}

static enum status write_front(const struct search_run *run, const struct history *h,
                               const struct front *front)
{
    struct file_writer w = {0};
    char *path = file_join(run->folder, "pareto.csv");
    enum status st = path ? file_write_begin(&w, path) : err_memory("a path");
    if (!st) put_header(w.stream, h->objectives);
    for (size_t i = 0; i < front->points.count && !st; i++)
        st = put_row(w.stream, run, h, &h->entries[front->points.names[i]]);
    if (!st) st = file_write_commit(&w);
    file_write_abandon(&w);
    free(path);
    return st;
}

static enum status put_hypervolumes(FILE *f, const struct history *h, const double *reference)
{
    struct hypervolume scratch = {0};
    struct front now = {.points.k = h->objectives->count};
    enum status st = SIBYL_OK;
    memcpy(now.reference, reference, sizeof(now.reference));
    fputs("evaluation,hypervolume,pareto_size\n", f);
    for (size_t i = 0; i < h->measured && !st; i++) {
        st = front_add(&now, &scratch, h, h->order[i]);
        fprintf(f, "%zu,%.12g,%zu\n", i + 1, now.hypervolume, now.points.count);
    }
    front_release(&now);
    hypervolume_release(&scratch);
    return st;
}

static enum status write_hypervolumes(const struct search_run *run, const struct history *h,
                                      const double *reference)
{
    struct file_writer w = {0};
    char *path = file_join(run->folder, "hypervolume.csv");
    enum status st = path ? file_write_begin(&w, path) : err_memory("a path");
    if (!st) st = put_hypervolumes(w.stream, h, reference);
    if (!st) st = file_write_commit(&w);
    file_write_abandon(&w);
    free(path);
    return st;
}

enum status front_write(const struct search_run *run, const struct history *h)
{
    struct front front = {0};
    if (!h->objectives || h->objectives->count < 2) return SIBYL_OK;
    enum status st = front_of(h, &front);
    if (!st) st = write_front(run, h, &front);
    if (!st) st = write_hypervolumes(run, h, front.reference);
    front_release(&front);
    return st;
}
