#include "base/clock.h"
#include "jobs/jobs.h"
#include "proto/import/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct format {
    const char *name;
    enum status (*import)(struct dataset *out, const char *path,
                          const struct import_options *options);
};

static const struct format formats[] = {
    {"nasbench201-csv", import_nasbench201_csv},
    {"graph-jsonl", import_graph_jsonl},
};

static enum status find_format(const char *name, const struct format **out)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name)) continue;
        *out = &formats[i];
        return SIBYL_OK;
    }
    return err_set(SIBYL_E_USAGE, "import: unknown format %s; want nasbench201-csv or graph-jsonl",
                   name);
}

static enum status do_import(const struct format *f, const struct options *o,
                             const struct import_options *labels)
{
    struct dataset d = {0};
    const struct log log = {.level = o->level, .began_s = clock_s()};
    enum status st = f->import(&d, o->operands[1], labels);
    if (!st) log_detail(&log, "read %s", o->operands[1]);
    if (!st && !o->dry_run) st = dataset_write(&d, o->out);
    if (!st && !o->dry_run) log_detail(&log, "wrote %s", o->out);
    if (!st && o->level != LOG_QUIET) {
        printf("%s: %zu architectures, %" PRIu32 " labels:", o->dry_run ? o->operands[1] : o->out,
               d.count, d.label_count);
        for (uint32_t i = 0; i < d.label_count; i++) printf(" %s", d.label_names[i]);
        printf("\n");
    }
    dataset_release(&d);
    return st;
}

enum status job_import(struct team *t, const struct options *o)
{
    const struct format *f = NULL;
    struct import_label labels[OPTIONS_REPEATS_MAX];
    enum status st = options_operands(o, 2, 2, "FORMAT INPUT --out FILE.sibyl");
    if (!st) st = find_format(o->operands[0], &f);
    if (!st && !o->out && !o->dry_run) st = err_set(SIBYL_E_USAGE, "import: want --out FILE.sibyl");
    if (!st && o->set_count) st = err_set(SIBYL_E_USAGE, "--set is for job files; import has none");
    for (int i = 0; !st && i < o->label_count; i++)
        if (import_label_parse(&labels[i], o->labels[i]))
            st = err_prefix(SIBYL_E_USAGE, "--label: want NAME=COLUMN[:SCALE]");
    st = team_agree(t, st);
    if (st) return st;
    struct import_options options = {labels, (uint32_t)o->label_count};
    return team_agree(t, team_rank(t) == 0 ? do_import(f, o, &options) : SIBYL_OK);
}
