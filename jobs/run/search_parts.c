#include "jobs/run/search_parts.h"

#include "base/file.h"
#include "search/engine/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status open_command(struct evaluator *out, const struct run *r)
{
    const struct config_judge *judge = &r->config.values->evaluator;
    char *folder = judge->folder ? strdup(judge->folder) : file_relative_to(r->job_file, ".");
    if (!folder) return err_memory("a folder name");
    struct evaluator_command_options c = {
        .command = (const char *const *)judge->command,
        .words = judge->words,
        .folder = folder,
        .value = judge->value,
        .timeout_s = judge->timeout_s,
        .minimise = judge->minimise,
    };
    enum status st = evaluator_command(out, &c);
    free(folder);
    return st == SIBYL_E_USAGE
               ? SIBYL_E_IO
               : st; /* the job file is checked: it is the disk that lacks something */
}

/* A space file that is gone is not needed where the folder's journal holds its text. */
static enum status open_space(const struct run *r, struct space **out)
{
    const char *what = r->config.values->space;
    char *text = NULL;
    if (space_is_path(what) && access(what, F_OK) != 0 && errno == ENOENT && r->folder) {
        enum status st = journal_space_text(r->folder, &text);
        if (st) return st;
        if (text) st = space_from_text(what, text, strlen(text), out);
        bool found = text != NULL;
        free(text);
        if (found) return st;
    }
    enum status st = space_open(what, out);
    if (!st) return SIBYL_OK;
    return space_is_path(what) ? SIBYL_E_USAGE : err_prefix(SIBYL_E_USAGE, "space");
}

enum status search_parts_open(const struct run *r, struct space **space,
                              struct evaluator *evaluator)
{
    const struct config_values *v = r->config.values;
    enum status st = open_space(r, space);
    if (!st && v->search.options.algorithm == ALGORITHM_EXHAUSTIVE &&
        (*space)->strings == SPACE_STRINGS_MANY)
        return err_set(SIBYL_E_USAGE,
                       "search.algorithm: exhaustive goes through the points of a space by their "
                       "index, and %s has %s, which is more than 2^63; take another algorithm",
                       (*space)->name, (*space)->points);
    if (st) return st;
    struct evaluator_table_options table = {v->evaluator.file, v->evaluator.value,
                                            v->evaluator.minimise};
    st = v->evaluator.kind == EVALUATOR_COMMAND ? open_command(evaluator, r)
                                                : evaluator_table(evaluator, *space, &table);
    if (st || !(*space)->source) return st;
    char content[HASH128_TEXT_BYTES];
    hash128_text(digest_xxh128((*space)->source, strlen((*space)->source)), content);
    identity_files_add(&evaluator->files, "space file", v->space, content);
    return SIBYL_OK;
}
