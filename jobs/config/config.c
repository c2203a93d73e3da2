#include "jobs/config/config.h"

#include "base/file.h"
#include "jobs/config/config_fidelity.h"
#include "jobs/config/config_number.h"
#include "jobs/config/config_objectives.h"
#include "jobs/config/config_values.h"
#include "jobs/config/experiment_grid.h"
#include "jobs/config/job_values.h"
#include "jobs/config/recipe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config_file {
    const struct config_source *source;
    struct tree tree;
    struct experiment_grid grid;
};

/* ---- checks of more than one key ---- */

/* A message that begins with a key ("predictor.width: want ...") gets the key's place in front. */
static enum status add_place(const struct tree *t, enum status st)
{
    char path[128], where[512];
    if (!st) return SIBYL_OK;
    const char *text = err_message();
    size_t length = strcspn(text, ": ");
    if (length >= sizeof(path)) length = sizeof(path) - 1;
    memcpy(path, text, length);
    path[length] = '\0';
    tree_where(t, tree_nearest(t, path), where, sizeof(where));
    return err_prefix(SIBYL_E_USAGE, "%s", where);
}

static enum status want(const struct tree *t, const char *path, const char *what)
{
    return tree_fault(t, tree_nearest(t, path), path, "%s", what);
}

static enum status finish_search(const struct tree *t, struct config_values *v)
{
    struct config_search *s = &v->search;
    if (!v->space == !v->pool)
        return want(t, "space", "want the name of a search space, or {file: POOL.sibyl}");
    if (v->evaluator.kind == EVALUATOR_TABLE && !v->evaluator.file)
        return want(t, "evaluator.file", "a table needs the dataset file that holds its values");
    if (v->evaluator.kind == EVALUATOR_COMMAND && v->evaluator.words == 0)
        return want(t, "evaluator.command",
                    "want the program and its arguments, such as [python3, train.py]");
    s->options.target = TARGET_NONE;
    if (s->target && !strcmp(s->target, "best")) {
        s->options.target = TARGET_BEST;
        if (v->evaluator.kind != EVALUATOR_TABLE)
            return want(t, "search.target", "'best' is known for a table only; want a number");
    } else if (s->target) {
        s->options.target = TARGET_VALUE;
        if (!config_number(s->target, &s->options.target_value))
            return want(t, "search.target", "want best, or a number");
    }
    enum status st = config_objectives(t, v);
    if (!st) st = config_fidelity(t, v);
    if (st) return st;
    recipe_apply_search(v);
    s->options.coordinator_shared = s->coordinator == COORDINATOR_SHARED;
    s->options.minimise = v->evaluator.minimise;
    s->options.predictor = v->predictor;
    s->options.training = v->training.options;
    s->options.seed = v->seed;
    if (s->options.algorithm == ALGORITHM_AGING && s->options.sample > s->options.population)
        return want(t, "search.sample", "want no more than search.population");
    return add_place(t, search_options_check(&s->options));
}

static enum status finish(const struct tree *t, enum config_verb verb, struct config_values *v)
{
    v->predictor.graph_form = v->data.graph;
    if (verb == CONFIG_SCORE) {
        if (!v->input.file == !v->input.space)
            return want(t, "input", "want one of the keys file and space");
        if (v->input.file && v->input.sample)
            return want(t, "input.sample", "is for a space, not for a file");
        if (v->input.label && !v->input.file)
            return want(t, "input.label", "is for a file, not for a space");
        return SIBYL_OK;
    }
    enum target_transform target = v->training.options.transform;
    if (v->data.labels == LABELS_RANKS && target != TARGET_AUTO && target != TARGET_NORMAL_SCORES)
        return want(t, "data.labels", "ranks goes with training.target: auto or normal_scores");
    enum status st = add_place(t, predictor_options_check(&v->predictor));
    if (!st) st = add_place(t, training_options_check(&v->training.options));
    return st || verb != CONFIG_SEARCH ? st : finish_search(t, v);
}

/* ---- files ---- */

enum status config_read_file(const char *path, char **out_text, size_t *out_bytes)
{
    enum status st = file_read_most(path, CONFIG_BYTES_MAX, out_text, out_bytes);
    if (st == SIBYL_E_RANGE) return err_set(SIBYL_E_USAGE, "job file %s: more than 1 MB", path);
    return st ? err_prefix(SIBYL_E_USAGE, "job file") : SIBYL_OK;
}

static enum status put_flag(struct tree *t, const char *assignment)
{
    struct tree_node *value = NULL;
    const char *end = strchr(assignment, '=');
    if (!end) return err_set(SIBYL_E_USAGE, "--set %s: want KEY.PATH=VALUE", assignment);
    enum status st = tree_load(t, true, end + 1, strlen(end + 1), &value);
    if (!st && !value && !(value = tree_text(t, "", 0, NULL))) st = err_memory("--set");
    return st ? st : config_values_put(t, assignment, (size_t)(end - assignment), value, NULL);
}

/* An empty file is a job where --set flags give its keys; else it is a mistake. */
static enum status check_root(struct tree *t, const struct config_source *s)
{
    const struct tree_node first_line = {.line = 1};
    if (!t->root && s->set_count == 0)
        return err_set(SIBYL_E_USAGE, "job file %s: %s", s->file,
                       s->bytes ? "there are no keys in it" : "is empty");
    if (!t->root && !(t->root = tree_mapping(t, &first_line))) return err_memory("a job file");
    if (t->root->kind == TREE_MAPPING) return SIBYL_OK;
    return tree_fault(t, t->root, "", "want a mapping of keys to values, such as seed: 1, not %s",
                      t->root->kind == TREE_LIST ? "a list" : "a text");
}

enum status config_open(struct config_file **out, const struct config_source *source)
{
    struct config_file *f = calloc(1, sizeof(*f));
    if (!f) return err_memory("a job file");
    struct tree *t = &f->tree;
    f->source = source;
    t->file = source->file;
    enum status st = tree_load(t, false, source->text, source->bytes, &t->root);
    if (!st) st = check_root(t, source);
    for (int i = 0; !st && i < source->set_count; i++) st = put_flag(t, source->sets[i]);
    if (!st) st = experiment_grid_open(&f->grid, t, source->verb);
    if (!st) {
        *out = f;
        return SIBYL_OK;
    }
    config_close(f);
    return st;
}

void config_close(struct config_file *f)
{
    if (!f) return;
    tree_release(&f->tree);
    free(f);
}

/* ---- values ---- */

/* Of the tree as it is now. */
static enum status read_values(struct config_read *r, const struct config_file *f)
{
    enum config_verb verb = f->source->verb;
    enum status st = config_values_read(r, &f->tree, verb);
    return st ? st : finish(&f->tree, verb, &r->values);
}

/* The same, with digest; `whole`: and with the text, behind which `rest` stands (NULL: nothing). */
static enum status make(struct config *c, struct config_file *f, bool whole,
                        const struct tree_node *rest)
{
    struct config_read *r = calloc(1, sizeof(*r));
    char *as_written = NULL;
    if (!r) return err_memory("a job file");
    enum status st = read_values(r, f);
    if (!st) st = config_text(r, NULL, &as_written);
    if (!st) st = job_values_digest(as_written, c->verb, c->digest);
    if (!st) st = config_values_resolve(r, f->source->file);
    if (!st && whole) st = config_text(r, rest, &c->text);
    if (!st && !(c->values = malloc(sizeof(*c->values)))) st = err_memory("a job file");
    if (!st)
        *c->values = r->values;
    else
        config_key_release(c->verb, &r->values);
    free(as_written);
    free(r);
    return st;
}

/* A job is refused for a mistake in any of its settings, before it leaves a trace. */
static enum status check_settings(struct config_file *f)
{
    struct config_read *r = calloc(1, sizeof(*r));
    enum status st = r ? SIBYL_OK : err_memory("a job file");
    for (size_t i = 0; !st && f->grid.experiment && i < f->grid.settings; i++) {
        char *name = NULL;
        size_t before = f->tree.change_count;
        st = experiment_grid_apply(&f->grid, &f->tree, i, &name);
        if (!st) st = read_values(r, f);
        config_key_release(f->source->verb, &r->values);
        *r = (struct config_read){0};
        tree_undo(&f->tree, before);
        free(name);
    }
    free(r);
    return st;
}

enum status config_setting(struct config *out, struct config_file *f, size_t setting)
{
    struct config c = {.verb = f->source->verb,
                       .experiment = f->grid.experiment,
                       .repeats = f->grid.repeats,
                       .settings = f->grid.settings};
    size_t before = f->tree.change_count;
    enum status st = experiment_grid_apply(&f->grid, &f->tree, setting, &c.setting);
    if (!st) st = make(&c, f, false, NULL);
    tree_undo(&f->tree, before);
    if (st)
        config_release(&c);
    else
        *out = c;
    return st;
}

/* The seed of the tree as it is now, plus `more`. */
static enum status add_to_seed(struct config_file *f, uint64_t more)
{
    char text[32];
    struct config_read *r = calloc(1, sizeof(*r));
    enum status st = r ? read_values(r, f) : err_memory("a job file");
    if (r) {
        snprintf(text, sizeof(text), "%" PRIu64, r->values.seed + more);
        config_key_release(f->source->verb, &r->values);
    }
    free(r);
    struct tree_node *node = st ? NULL : tree_text(&f->tree, text, strlen(text), NULL);
    if (!st && !node) st = err_memory("a job file");
    return st ? st : tree_put(&f->tree, "seed", strlen("seed"), node, NULL);
}

enum status config_repeat(struct config *out, struct config_file *f, size_t setting,
                          uint64_t repeat)
{
    struct config c = {.verb = f->source->verb, .repeats = 1, .settings = 1};
    size_t before = f->tree.change_count;
    enum status st = experiment_grid_apply(&f->grid, &f->tree, setting, &c.setting);
    if (!st) st = add_to_seed(f, repeat);
    if (!st) st = make(&c, f, true, NULL);
    tree_undo(&f->tree, before);
    if (st)
        config_release(&c);
    else
        *out = c;
    return st;
}

enum status config_parse(struct config *out, enum config_verb verb, const char *file,
                         const char *text, size_t bytes, char *const *sets, int set_count)
{
    struct config_source source = {verb, file, text, bytes, sets, set_count};
    struct config_file *f = NULL;
    struct config c = {.verb = verb};
    enum status st = config_open(&f, &source);
    if (!st) {
        c.experiment = f->grid.experiment;
        c.repeats = f->grid.repeats;
        c.settings = f->grid.settings;
        st = make(&c, f, true, f->grid.keys);
        if (!st) st = check_settings(f);
    }
    config_close(f);
    if (st)
        config_release(&c);
    else
        *out = c;
    return st;
}

enum status config_verb_of(enum config_verb *out, const char *file, const char *text, size_t bytes)
{
    static const char *const of_search[] = {"evaluator", "search", "space"}, *const of_score[] = {
                                                                                 "input", "score",
                                                                                 "top"};
    struct tree t = {.file = file};
    enum status st = tree_load(&t, false, text, bytes, &t.root);
    enum config_verb verb = CONFIG_TRAIN;
    for (size_t i = 0; !st && i < 3; i++)
        if (tree_find(t.root, of_score[i], strlen(of_score[i]))) verb = CONFIG_SCORE;
    for (size_t i = 0; !st && i < 3; i++)
        if (tree_find(t.root, of_search[i], strlen(of_search[i]))) verb = CONFIG_SEARCH;
    tree_release(&t);
    if (!st) *out = verb;
    return st;
}

void config_release(struct config *c)
{
    if (c->values) config_key_release(c->verb, c->values);
    free(c->values);
    free(c->text);
    free(c->setting);
    *c = (struct config){0};
}
