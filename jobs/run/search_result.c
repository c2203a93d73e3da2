#include "jobs/run/search_result.h"

enum status search_result_put(struct run *r, const struct space *space,
                              const struct search_result *found)
{
    struct result *out = &r->result;
    char hash[HASH128_TEXT_BYTES] = "";
    result_text(out, "space", space->name);
    result_text(out, "algorithm", algorithm_name(r->config.values->search.options.algorithm));
    result_integer(out, "evaluations", found->evaluations);
    result_integer(out, "failed_evaluations", found->failed_evaluations);
    result_integer(out, "rounds", found->rounds);
    result_bool(out, "resumed", found->resumed);
    if (found->target_reached)
        result_integer(out, "evaluations_to_target", found->evaluations_to_target);
    else
        result_null(out, "evaluations_to_target");
    if (*found->stopped_because)
        result_text(out, "stopped_because", found->stopped_because);
    else
        result_null(out, "stopped_because");
    if (!found->found) {
        result_null(out, "best_value");
        result_null(out, "best_hash");
        result_null(out, "evaluations_to_best");
        return SIBYL_OK;
    }
    hash128_text(found->best_hash, hash);
    result_number(out, "best_value", found->best_value);
    result_text(out, "best_hash", hash);
    result_text(out, "best_architecture", found->best);
    result_integer(out, "evaluations_to_best", found->evaluations_to_best);
    return SIBYL_OK;
}
