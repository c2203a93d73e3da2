#include "jobs/config/config.h"

#include "jobs/config/config_keys.h"
#include "jobs/config/config_merge.h"
#include "jobs/config/experiment_grid.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const cyaml_config_t loader = {
    .log_fn = NULL, /* the checks before it have said all there is to say */
    .mem_fn = cyaml_mem,
    .log_level = CYAML_LOG_ERROR,
    .flags = CYAML_CFG_NO_ALIAS | CYAML_CFG_IGNORE_UNKNOWN_KEYS, /* all known, or taken before */
};

/* A message that begins with a key ("predictor.width: want ...") gets the key's place in front. */
static enum status add_place(struct merge *m, enum status st)
{
    char path[128], where[512];
    if (!st) return SIBYL_OK;
    const char *text = err_message();
    size_t length = strcspn(text, ": ");
    if (length >= sizeof(path)) length = sizeof(path) - 1;
    memcpy(path, text, length);
    path[length] = '\0';
    merge_where(m, path, where, sizeof(where));
    return err_prefix(SIBYL_E_USAGE, "%s", where);
}

static enum status want(struct merge *m, const char *path, const char *what)
{
    return add_place(m, err_set(SIBYL_E_USAGE, "%s: %s", path, what));
}

static enum status finish_search(struct merge *m, struct config_values *v)
{
    struct config_search *s = &v->search;
    if (v->evaluator.kind == EVALUATOR_TABLE && !v->evaluator.file)
        return want(m, "evaluator.file", "a table needs the dataset file that holds its values");
    if (v->evaluator.kind == EVALUATOR_COMMAND && v->evaluator.words == 0)
        return want(m, "evaluator.command",
                    "want the program and its arguments, such as [python3, train.py]");
    s->options.target = TARGET_NONE;
    if (s->target && !strcmp(s->target, "best")) {
        s->options.target = TARGET_BEST;
        if (v->evaluator.kind == EVALUATOR_COMMAND)
            return want(m, "search.target", "'best' is known for a table only; want a number");
    } else if (s->target) {
        char *end = NULL;
        s->options.target = TARGET_VALUE;
        s->options.target_value = strtod(s->target, &end);
        if (*end || !(s->options.target_value - s->options.target_value == 0))
            return want(m, "search.target", "want best, or a number");
    }
    s->options.coordinator_shared = s->coordinator == COORDINATOR_SHARED;
    s->options.minimise = v->evaluator.minimise;
    s->options.predictor = v->predictor;
    s->options.training = v->training.options;
    s->options.seed = v->seed;
    if (s->options.sample > s->options.population)
        return want(m, "search.sample", "want no more than search.population");
    return add_place(m, search_options_check(&s->options));
}

static enum status finish(struct merge *m, enum config_verb verb, struct config_values *v)
{
    v->predictor.graph_form = v->data.graph;
    if (verb == CONFIG_SCORE) {
        if (!v->input.file == !v->input.space)
            return want(m, "input", "want one of the keys file and space");
        if (v->input.file && v->input.sample)
            return want(m, "input.sample", "is for a space, not for a file");
        if (v->input.label && !v->input.file)
            return want(m, "input.label", "is for a file, not for a space");
        return SIBYL_OK;
    }
    enum status st = add_place(m, predictor_options_check(&v->predictor));
    if (!st) st = add_place(m, training_options_check(&v->training.options));
    if (st) return st;
    if (verb == CONFIG_SEARCH) return finish_search(m, v);
    if (!v->data.file) return want(m, "data.file", "want the dataset file to train on");
    if (!v->data.label) return want(m, "data.label", "want the name of a label of the dataset");
    if (v->split.train >= 1 && v->split.train != (double)(uint64_t)v->split.train)
        return want(m, "split.train", "want a whole number of rows, or a part of them below 1");
    return SIBYL_OK;
}

#define NO_SETTING SIZE_MAX

/* The texts of the values in effect. */
static enum status merge_all(struct merge *m, const struct config_source *s, size_t setting,
                             struct config *c, char **as_written)
{
    struct experiment_grid grid;
    enum status st = merge_open(m, s->verb, s->file, s->text, s->bytes);
    for (int i = 0; !st && i < s->set_count; i++) st = merge_set(m, s->sets[i]);
    if (!st) st = experiment_grid_open(&grid, m);
    if (!st && setting != NO_SETTING) st = experiment_grid_apply(&grid, m, setting, &c->setting);
    if (!st) st = merge_text(m, false, as_written);
    if (!st) st = merge_text(m, true, &c->text);
    if (st) return st;
    c->experiment = grid.experiment;
    c->repeats = grid.repeats;
    c->settings = grid.settings;
    return SIBYL_OK;
}

static enum status parse(struct config *out, const struct config_source *s, size_t setting)
{
    struct merge m = {0};
    struct config c = {.verb = s->verb};
    char *as_written = NULL;
    cyaml_data_t *data = NULL;
    enum status st = merge_all(&m, s, setting, &c, &as_written);
    if (st) goto done;
    st = config_keys_digest(as_written, s->verb, c.digest);
    if (st) goto done;
    cyaml_err_t e = cyaml_load_data((const uint8_t *)c.text, strlen(c.text), &loader,
                                    config_schema(s->verb), &data, NULL);
    if (e != CYAML_OK) {
        st = err_set(SIBYL_E_USAGE, "%s: %s", s->file, cyaml_strerror(e));
        goto done;
    }
    c.values = (struct config_values *)data;
    st = finish(&m, s->verb, c.values);
    if (st) goto done;
    *out = c;
    c = (struct config){0};
done:
    merge_close(&m);
    free(as_written);
    config_release(&c);
    return st;
}

enum status config_parse(struct config *out, enum config_verb verb, const char *file,
                         const char *text, size_t bytes, char *const *sets, int set_count)
{
    struct config_source source = {verb, file, text, bytes, sets, set_count};
    return parse(out, &source, NO_SETTING);
}

enum status config_parse_setting(struct config *out, const struct config_source *source,
                                 size_t setting)
{
    return parse(out, source, setting);
}

enum status config_verb_of(enum config_verb *out, const char *file, const char *text, size_t bytes)
{
    struct merge m = {0};
    int found = 0;
    enum status st = merge_open(&m, CONFIG_TRAIN, file, text, bytes);
    *out = CONFIG_TRAIN;
    if (!st) st = merge_take(&m, "evaluator", &found);
    if (found) *out = CONFIG_SEARCH;
    if (!st && !found) st = merge_take(&m, "input", &found);
    if (found && *out == CONFIG_TRAIN) *out = CONFIG_SCORE;
    merge_close(&m);
    return st;
}

void config_release(struct config *c)
{
    if (c->values) cyaml_free(&loader, config_schema(c->verb), c->values, 0);
    free(c->text);
    free(c->setting);
    *c = (struct config){0};
}
