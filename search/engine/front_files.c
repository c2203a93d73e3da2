#include "search/engine/front_files.h"

#include "base/csv.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double front_files_reported(const struct history *h, const struct history_entry *e,
                            const char *name)
{
    const struct history_detail *d = e->detail;
    for (uint32_t i = 0; d && i < d->count; i++)
        if (!strcmp(h->details.names[d->columns[i]], name)) return d->values[i];
    return (double)NAN;
}

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
        double value = front_files_reported(h, e, o->reports[i]);
        fputc(',', f);
        if (isfinite(value)) fprintf(f, "%.17g", value);
    }
    fprintf(f, ",%zu\n", e->position + 1);
    return SIBYL_OK;
}

enum status front_files_print_front(FILE *f, const struct search_run *run, const struct history *h,
                                    double sign)
{
    struct pareto_front front;
    (void)sign;
    enum status st = front_points(h, &front);
    if (!st) put_header(f, h->objectives);
    for (size_t i = 0; i < front.count && !st; i++)
        st = put_row(f, run, h, &h->entries[front.names[i]]);
    pareto_front_release(&front);
    return st;
}

enum status front_files_print_volumes(FILE *f, const struct search_run *run,
                                      const struct history *h, double sign)
{
    struct hypervolume scratch = {0};
    struct front now = {.points.k = h->objectives->count};
    enum status st = SIBYL_OK;
    (void)run;
    (void)sign;
    front_reference(h, now.reference);
    fputs("evaluation,hypervolume,pareto_size\n", f);
    for (size_t i = 0; i < h->measured && !st; i++) {
        st = front_add(&now, &scratch, h, h->order[i]);
        fprintf(f, "%zu,", i + 1);
        if (isfinite(now.hypervolume)) fprintf(f, "%.12g", now.hypervolume);
        fprintf(f, ",%zu\n", now.points.count);
    }
    front_release(&now);
    hypervolume_release(&scratch);
    return st;
}
