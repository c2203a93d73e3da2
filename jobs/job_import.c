#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "jobs/symmetry.h"
#include "proto/import/import.h"

#include <inttypes.h>
#include <stdio.h>

/* Where the dataset is to go must not be where the table is, under whatever name. */
static enum status check_out(const struct options *o, const char *input)
{
    if (!o->out || !file_is_same(input, o->out)) return SIBYL_OK;
    return err_set(
        SIBYL_E_USAGE,
        "import: --out %s is the input %s itself, which would be lost; name another file", o->out,
        input);
}

static void tell(const struct options *o, const char *input, const struct dataset *d)
{
    if (o->level == LOG_QUIET) return;
    text_print(stdout, o->dry_run ? input : o->out);
    printf(": %zu architectures, %" PRIu32 " labels:", d->count, d->label_count);
    for (uint32_t i = 0; i < d->label_count; i++) {
        putchar(' ');
        text_print(stdout, d->label_names[i]);
    }
    printf("\n");
}

static enum status do_import(const struct options *o, const struct import_label *labels)
{
    struct dataset d = {0};
    const struct log log = {.level = o->level, .began_s = clock_s()};
    const struct import_options options = {
        .labels = labels, .label_count = (uint32_t)o->label_count, .id = o->id, .log = &log};
    const struct importer *f = NULL;
    const char *input = o->operands[o->operand_count - 1];
    enum status st = check_out(o, input);
    if (!st)
        st = o->operand_count == 2 ? importer_find(&f, o->operands[0]) : importer_detect(&f, input);
    if (!st) st = f->import(&d, input, &options);
    if (!st) log_detail(&log, "read %s", input);
    const size_t inexact = st ? 0 : symmetry_inexact(&d);
    if (inexact) log_warn(&log, "%s: %zu " SYMMETRY_TEXT, input, inexact);
    if (!st && !o->dry_run) st = dataset_write(&d, o->out);
    if (!st && !o->dry_run) log_detail(&log, "wrote %s", o->out);
    if (!st) tell(o, input, &d);
    dataset_release(&d);
    return st;
}

void job_import_list(void)
{
    size_t count;
    const struct importer *all = importers(&count);
    for (size_t i = 0; i < count; i++) printf("%-16s %s\n", all[i].name, all[i].summary);
}

enum status job_import(struct team *t, const struct options *o)
{
    const struct importer *f = NULL;
    struct import_label labels[OPTIONS_REPEATS_MAX];
    if (o->list) {
        if (team_rank(t) == 0) job_import_list();
        return SIBYL_OK;
    }
    enum status st = options_operands(o, 1, 2, "[FORMAT] INPUT --out FILE.sibyl");
    if (!st && o->operand_count == 2 && (st = importer_find(&f, o->operands[0])))
        err_prefix(st, "import");
    if (!st && !o->out && !o->dry_run) st = err_set(SIBYL_E_USAGE, "import: want --out FILE.sibyl");
    for (int i = 0; !st && i < o->label_count; i++)
        if (import_label_parse(&labels[i], o->labels[i]))
            st = err_prefix(SIBYL_E_USAGE, "--label: want NAME=COLUMN[:SCALE]");
    st = team_agree(t, st);
    if (st) return st;
    return team_agree(t, team_rank(t) == 0 ? do_import(o, labels) : SIBYL_OK);
}
