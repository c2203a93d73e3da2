#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "jobs/symmetry.h"
#include "proto/import/import.h"
#include "search/spaces/space_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The format that is named; else csv where a space is; else by the file's first bytes. The options
 * of csv are for csv alone. */
static enum status find_format(const struct options *o, const char *input,
                               const struct importer **out)
{
    const bool named = o->operand_count == 2;
    enum status st = named                               ? importer_find(out, o->operands[0])
                     : o->space || o->architecture_count ? importer_find(out, "csv")
                                                         : importer_detect(out, input);
    if (st || (*out)->import == import_csv || (!o->space && !o->architecture_count)) return st;
    return err_set(SIBYL_E_USAGE, "import: --%s is for the format csv, not for %s",
                   o->space ? "space" : "architecture", (*out)->name);
}

/* The list of columns, cut up in place: COLUMN[,COLUMN..] as often as the flag is given. */
static enum status architecture_columns(const struct options *o, const char ***out,
                                        size_t *out_count)
{
    size_t count = 0, most = 1;
    for (int i = 0; i < o->architecture_count; i++)
        for (const char *c = o->architectures[i]; c; c = strchr(c + 1, ',')) most++;
    const char **columns = calloc(most, sizeof(*columns));
    if (!columns) return err_memory("the columns of a table");
    *out = columns;
    for (int i = 0; i < o->architecture_count; i++)
        for (char *name = o->architectures[i], *next; name; name = next) {
            next = strchr(name, ',');
            if (next) *next++ = '\0';
            while (*name == ' ') name++;
            for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--) name[n - 1] = '\0';
            if (!*name)
                return err_set(SIBYL_E_USAGE,
                               "import: --architecture: want COLUMN[,COLUMN..], with a name "
                               "between any two commas");
            columns[count++] = name;
        }
    *out_count = count;
    return SIBYL_OK;
}

static enum status do_import(const struct options *o, const struct import_label *labels)
{
    struct dataset d = {0};
    struct space *space = NULL;
    struct import_space rows;
    const char **columns = NULL;
    const struct log log = {.level = o->level, .began_s = clock_s()};
    struct import_options options = {
        .labels = labels, .label_count = (uint32_t)o->label_count, .id = o->id, .log = &log};
    const struct importer *f = NULL;
    const char *input = o->operands[o->operand_count - 1];
    enum status st = check_out(o, input);
    if (!st) st = find_format(o, input, &f);
    if (!st) st = architecture_columns(o, &columns, &options.architecture_count);
    if (!st && o->space && (st = space_open(o->space, &space))) err_prefix(st, "--space");
    options.architecture = columns;
    if (!st && space) {
        rows = space_table(space);
        options.space = &rows;
    }
    if (!st) st = f->import(&d, input, &options);
    if (!st) log_detail(&log, "read %s", input);
    const size_t inexact = st ? 0 : symmetry_inexact(&d);
    if (inexact) log_warn(&log, "%s: %zu " SYMMETRY_TEXT, input, inexact);
    if (!st && !o->dry_run) st = dataset_write(&d, o->out);
    if (!st && !o->dry_run) log_detail(&log, "wrote %s", o->out);
    if (!st) tell(o, input, &d);
    dataset_release(&d);
    space_free(space);
    free(columns);
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
