#include "jobs/run/search_result.h"

#include <math.h>
#include <stdio.h>

/* Of several objectives and of limits. The reference is one text, for result.json is flat. */
static void put_front(struct result *out, const struct objectives *o,
                      const struct search_result *found)
{
    char text[1024] = "";
    size_t used = 0;
    bool known = true; /* not where nothing was evaluated with success */
    if (objectives_are_many(o)) result_text(out, "goal", o->list[o->main].minimise ? "min" : "max");
    if (o->limit_count) result_integer(out, "outside_limits", found->outside);
    if (o->count < 2) return;
    result_integer(out, "pareto_size", found->pareto_size);
    result_number(out, "hypervolume", found->hypervolume);
    for (uint32_t i = 0; i < o->count; i++) known = known && isfinite(found->reference[i]);
    for (uint32_t i = 0; known && i < o->count && used < sizeof(text); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %.9g", i ? ", " : "",
                                 o->names[i], found->reference[i]);
    if (known)
        result_text(out, "hypervolume_reference", text);
    else
        result_null(out, "hypervolume_reference");
}

static void put_reports(struct result *out, const struct objectives *o,
                        const struct search_result *found)
{
    for (uint32_t i = 0; i < o->report_count; i++) {
        char key[OBJECTIVE_NAME_BYTES + 8];
        snprintf(key, sizeof(key), "report_%s", o->reports[i]);
        result_number(out, key, found->found ? found->reported[i] : (double)NAN);
    }
}

static void put_budgets(struct result *out, const struct fidelity *f,
                        const struct search_result *found)
{
    if (!f->levels) return;
    result_number(out, "epochs_spent", found->epochs_spent);
    if (found->target_reached)
        result_number(out, "epochs_to_target", found->epochs_to_target);
    else
        result_null(out, "epochs_to_target");
    if (f->levels > 1 || f->stop) result_integer(out, "whole_evaluations", found->whole);
    if (f->stop) result_integer(out, "stopped_early", found->stopped_early);
}

/* Of one objective on a table, which knows the best value of all: how far the search is from it. */
static void put_optimum(struct run *r, struct evaluator *evaluator,
                        const struct search_result *found)
{
    const struct search_options *o = &r->config.values->search.options;
    struct hash128 hash;
    double optimum = NAN, sign = o->minimise ? -1 : 1;
    if (o->objectives.count > 1 || !evaluator->best_known) return;
    if (!evaluator->best_known(evaluator, &optimum, &hash)) return;
    result_number(&r->result, "optimum", sign * optimum);
    result_number(&r->result, "regret",
                  found->found ? optimum - sign * found->best_value : (double)NAN);
}

enum status search_result_put(struct run *r, const struct space *space, struct evaluator *evaluator,
                              const struct search_result *found)
{
    struct result *out = &r->result;
    const struct objectives *o = &r->config.values->search.options.objectives;
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
    put_budgets(out, &r->config.values->search.options.fidelity, found);
    put_front(out, o, found);
    put_reports(out, o, found);
    put_optimum(r, evaluator, found);
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
