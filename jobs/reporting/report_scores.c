#include "jobs/reporting/report_scores.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/rng.h"
#include "jobs/reporting/report_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define SAMPLE_SEED 1
#define SAMPLE_COLUMNS 3

static const char *const names[SAMPLE_COLUMNS] = {"score", "label", "deviation"};

struct sample {
    int columns[SAMPLE_COLUMNS]; /* of the file; -1: none */
    uint64_t rows;               /* with a score */
    double low, high, sum;
    double (*values)[SAMPLE_COLUMNS]; /* (most) NaN where there is none */
    uint64_t most;
};

/* Each row so far is in the sample with the same probability (Vitter's algorithm R). */
static void sample_add(struct sample *s, struct rng *r, char *const *fields)
{
    double row[SAMPLE_COLUMNS];
    for (int i = 0; i < SAMPLE_COLUMNS; i++)
        if (s->columns[i] < 0 || !csv_number(fields[s->columns[i]], &row[i])) row[i] = NAN;
    if (isnan(row[0])) return;
    uint64_t place = s->rows++;
    s->low = s->rows == 1 ? row[0] : fmin(s->low, row[0]);
    s->high = s->rows == 1 ? row[0] : fmax(s->high, row[0]);
    s->sum += row[0];
    if (place >= s->most) place = rng_below(r, s->rows);
    for (int i = 0; place < s->most && i < SAMPLE_COLUMNS; i++) s->values[place][i] = row[i];
}

static void print_sample(FILE *f, const struct sample *s)
{
    size_t count = s->rows < s->most ? s->rows : s->most;
    bool first = true;
    fprintf(f, "{\"rows\":%" PRIu64 ",\"low\":", s->rows);
    report_json_number(f, s->low);
    fputs(",\"high\":", f);
    report_json_number(f, s->high);
    fputs(",\"mean\":", f);
    report_json_number(f, s->sum / (double)s->rows);
    fputs(",\"sample\":{", f);
    for (int i = 0; i < SAMPLE_COLUMNS; i++) {
        if (s->columns[i] < 0) continue;
        fprintf(f, "%s\"%s\":[", first ? "" : ",\n", names[i]);
        first = false;
        for (size_t k = 0; k < count; k++) {
            if (k) fputc(',', f);
            report_json_number(f, s->values[k][i]);
        }
        fputc(']', f);
    }
    fputs("}}", f);
}

static enum status read_sample(struct sample *s, const char *path)
{
    struct csv c;
    struct rng r;
    bool more = true;
    enum status st = csv_open(&c, path);
    if (st) return st;
    rng_init(&r, SAMPLE_SEED, RNG_SAMPLE, 0);
    for (int i = 0; i < SAMPLE_COLUMNS; i++) s->columns[i] = csv_find(&c, names[i]);
    while (!st && more) {
        st = csv_next(&c, &more);
        if (!st && more) sample_add(s, &r, c.fields);
    }
    csv_close(&c);
    return st;
}

enum status report_scores(FILE *f, const char *folder, const char *name, size_t most)
{
    struct sample s = {.most = most};
    char *path = file_join(folder, name);
    enum status st = path ? SIBYL_OK : err_memory("a path");
    if (path && access(path, R_OK) == 0) {
        s.values = calloc(most, sizeof(*s.values));
        st = s.values ? read_sample(&s, path) : err_memory("a sample of scores");
    }
    if (!st && s.rows)
        print_sample(f, &s);
    else
        fputs("null", f);
    free(s.values);
    free(path);
    return st;
}
