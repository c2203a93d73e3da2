#include "jobs/run/run_inputs.h"

#include "base/file.h"

#include <stddef.h>
#include <stdlib.h>

#define OUTPUTS_MAX 12

/* What each verb writes that a job could also read, by verb. */
static const char *const outputs[][OUTPUTS_MAX] = {
    [CONFIG_TRAIN] = {"predictor.sibyl", "checkpoint.sibyl", "checkpoint.sibyl.before",
                      "metrics.csv", "reliability.csv", "predictions.csv", "experiment.csv",
                      "summary.csv", "result.json"},
    [CONFIG_SCORE] = {"scores.csv", "scores.csv.partial", "top.csv", "checkpoint.sibyl",
                      "checkpoint.sibyl.before", "result.json"},
    [CONFIG_SEARCH] = {"run.journal", "run.state", "history.csv", "best.json", "pareto.csv",
                       "hypervolume.csv", "result.json", "experiment.csv", "summary.csv"},
};

static enum status check_one(const char *folder, const char *input, const char *key,
                             const char *output)
{
    char *path = file_join(folder, output);
    enum status st = path ? SIBYL_OK : err_memory(output);
    if (path && file_is_same(input, path))
        st =
            err_set(SIBYL_E_USAGE,
                    "%s: %s is what this job itself writes (%s), and would be lost; choose another "
                    "--out",
                    key, input, path);
    free(path);
    return st;
}

/* A folder of a search is known by what is in it. */
static enum status check_known(const char *folder, const char *known, const char *output)
{
    if (!file_is_same(known, folder)) return check_one(folder, known, "search.known", output);
    return err_set(SIBYL_E_USAGE,
                   "search.known: %s is the folder of this job itself; its results are known "
                   "without that",
                   known);
}

enum status run_inputs_check(const char *folder, enum config_verb verb,
                             const struct config_values *v)
{
    const struct {
        const char *key, *path;
    } inputs[] = {{"space.file", v->pool},
                  {"data.file", v->data.file},
                  {"training.from", v->training.from},
                  {"evaluator.file", v->evaluator.file},
                  {"predictor", v->predictor_path},
                  {"input.file", v->input.file}};
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
        for (int k = 0; !st && inputs[i].path && k < OUTPUTS_MAX && outputs[verb][k]; k++)
            st = check_one(folder, inputs[i].path, inputs[i].key, outputs[verb][k]);
    for (uint32_t i = 0; i < v->search.known_count; i++)
        for (int k = 0; !st && k < OUTPUTS_MAX && outputs[verb][k]; k++)
            st = check_known(folder, v->search.known[i], outputs[verb][k]);
    return st;
}
