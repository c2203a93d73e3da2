#include "jobs/run/search_parts.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

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

/* Of a search that is asked and told. */
static enum status nobody_evaluates(struct evaluator *e, const struct space *s,
                                    const struct candidate *c, const struct evaluation_task *task,
                                    struct evaluation *out)
{
    (void)e;
    (void)s;
    (void)c;
    (void)task;
    (void)out;
    return err_set(SIBYL_E_USAGE, "evaluator.kind is ask: there is no program that evaluates; use "
                                  "sibyl ask and sibyl tell");
}

enum status search_parts_open(const struct run *r, struct space **space,
                              struct evaluator *evaluator)
{
    const struct config_values *v = r->config.values;
    enum status st = space_new(v->space, space);
    if (st) return err_prefix(SIBYL_E_USAGE, "space");
    if (v->evaluator.kind == EVALUATOR_COMMAND) return open_command(evaluator, r);
    if (v->evaluator.kind == EVALUATOR_ASK) {
        *evaluator = (struct evaluator){.evaluate = nobody_evaluates};
        return SIBYL_OK;
    }
    struct evaluator_table_options table = {v->evaluator.file, v->evaluator.value,
                                            v->evaluator.minimise};
    return evaluator_table(evaluator, *space, &table);
}
