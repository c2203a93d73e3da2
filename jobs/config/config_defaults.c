/* What a job file's values are where it does not give them (config_keys.h). */
#include "jobs/config/config_keys.h"
#include "jobs/config/config_values.h"

#include <string.h>

static void search_defaults(struct config_values *v)
{
    search_options_default(&v->search.options);
    v->predictor = v->search.options.predictor;
    v->training.options = v->search.options.training;
    v->search.coordinator =
        v->search.options.coordinator_shared ? COORDINATOR_SHARED : COORDINATOR_DEDICATED;
    v->search.goes_on = true;
    v->evaluator.kind = EVALUATOR_TABLE;
    v->evaluator.timeout_s = 86400;
    v->evaluator.grace_s = 5;
    v->evaluator.retries = 2;
    v->evaluator.pause_s = 2;
    v->evaluator.give_up_after = 5;
    v->evaluator.log_mb = 1;
}

static void split_defaults(struct config_values *v)
{
    v->split.train = 0.8;
    v->split.seed = 1;
    v->split.order = ORDER_RANDOM;
    v->split.test = TEST_OTHERS;
}

enum status config_key_defaults(enum config_verb verb, struct config_values *out)
{
    *out = (struct config_values){.seed = 1, .effort = EFFORT_NORMAL};
    if (verb == CONFIG_SCORE) {
        out->top = 100;
        out->score.precision = CONFIG_PRECISION_AUTO;
        out->score.deduplicate = true;
        out->score.checkpoint_s = 10;
        return SIBYL_OK;
    }
    predictor_options_default(&out->predictor);
    training_options_default(&out->training.options);
    if (verb == CONFIG_SEARCH)
        search_defaults(out);
    else
        split_defaults(out);
    out->predictor.outputs = 0;     /* follows from what is learnt */
    out->predictor.kernel = GP_RBF; /* what all jobs have had that do not name another */
    out->data.graph = out->predictor.graph_form;
    out->training.checkpoint_s = 60;
    out->training.bases = 1;
    if (verb == CONFIG_SEARCH && !(out->evaluator.value = strdup("value")))
        return err_memory("a job file");
    return SIBYL_OK;
}
