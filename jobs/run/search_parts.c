#include "jobs/run/search_parts.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

static enum status open_command(struct evaluator *out, const struct run *r,
                                const struct search_slot *slot)
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
        .grace_s = judge->grace_s,
        .minimise = judge->minimise,
        .retries = judge->retries,
        .pause_s = judge->pause_s,
        .slot = slot->slot,
        .slots = slot->slots,
        .gpus = judge->gpus,
        .memory_gb = judge->memory_gb,
        .scratch = judge->scratch,
        .run = r->folder,
        .log_bytes = (uint64_t)(judge->log_mb * 1e6),
        .log = &r->log,
    };
    enum status st = evaluator_command(out, &c);
    free(folder);
    return st;
}

struct search_slot search_parts_slot(const struct run *r)
{
    const struct search_options *o = &r->config.values->search.options;
    int slot = 0, slots = 1;
    bool evaluates = team_rank(r->team) > 0 || team_size(r->team) == 1 || o->coordinator_shared;
    team_node_place(r->team, evaluates, &slot, &slots);
    return (struct search_slot){(uint32_t)slot, (uint32_t)slots};
}

enum status search_parts_open(const struct run *r, const struct search_slot *slot,
                              struct space **space, struct evaluator *evaluator)
{
    const struct config_values *v = r->config.values;
    enum status st = space_new(v->space, space);
    if (st) return err_prefix(SIBYL_E_USAGE, "space");
    if (v->evaluator.kind == EVALUATOR_COMMAND) return open_command(evaluator, r, slot);
    struct evaluator_table_options table = {v->evaluator.file, v->evaluator.value,
                                            v->evaluator.minimise};
    return evaluator_table(evaluator, *space, &table);
}
