#include "jobs/run/search_parts.h"

#include "base/file.h"
#include "jobs/config/config_fidelity.h"
#include "search/engine/journal.h"
#include "search/spaces/space_part.h"
#include "search/spaces/space_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
        .objectives = &r->config.values->search.options.objectives,
    };
    enum status st = evaluator_command(out, &c);
    free(folder);
    return st;
}

/* A space file that is gone is not needed where the folder's journal holds its text. */
static enum status open_named(const struct run *r, struct space **out)
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

enum status search_parts_roles(const struct run *r, uint32_t ranks, struct search_roles *out)
{
    const struct config_values *v = r->config.values;
    struct search_options options = v->search.options;
    if (r->options->replay) options.pace = PACE_ROUNDS; /* nothing is evaluated */
    return search_roles_of(&options, v->evaluator.kind != EVALUATOR_TABLE, ranks, out);
}

struct search_slot search_parts_slot(const struct run *r, const struct search_roles *roles)
{
    int slot = 0, slots = 1;
    bool evaluates = search_roles_evaluates(roles, (uint32_t)team_rank(r->team));
    team_node_place(r->team, evaluates, &slot, &slots);
    return (struct search_slot){(uint32_t)slot, (uint32_t)slots};
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

static enum status open_space(const struct run *r, struct space **space)
{
    const struct config_values *v = r->config.values;
    return v->pool ? space_pool_new(v->pool, space) : open_named(r, space);
}

/* Which networks a search keeps to, where a table has not all of a space. */
static void tell_part(const struct run *r, const struct space *s, const struct space_part *part)
{
    if (part->networks)
        log_root(&r->log,
                 "the table has %zu of %" PRIu64 " networks of %s: the search keeps to these",
                 part->count, part->networks, s->name);
    else
        log_root(&r->log, "the table has %zu networks of %s: the search keeps to these",
                 part->set.count, s->name);
    if (part->count < part->set.count)
        log_warn(
            &r->log,
            "%s does not say which points of %s %zu of its %zu networks are; the search may not "
            "find these (space: {file: ..} takes the networks of a file as they are)",
            r->config.values->evaluator.file, s->name, part->set.count - part->count,
            part->set.count);
}

static enum status open_table(struct evaluator *out, const struct run *r, struct space **space)
{
    const struct config_judge *judge = &r->config.values->evaluator;
    struct space_part part = {0};
    struct table_column columns[TABLE_COLUMNS_MAX];
    config_fidelity_columns(r->config.values, columns);
    struct evaluator_table_options table = {.file = judge->file,
                                            .value = judge->value,
                                            .columns = columns,
                                            .column_count = r->config.values->search.column_count,
                                            .minimise = judge->minimise,
                                            .part = &part,
                                            .objectives =
                                                &r->config.values->search.options.objectives};
    enum status st = evaluator_table(out, *space, &table);
    if (!st && !space_part_is_whole(&part)) tell_part(r, *space, &part);
    if (!st && !space_part_is_whole(&part) && part.count) return space_part_keep_to(space, &part);
    space_part_release(&part);
    return st;
}

/* What is known beforehand is among what a run is begun with, by its content. */
static enum status add_known(struct evaluator *e, const struct run *r, const struct space *space)
{
    const struct config_values *v = r->config.values;
    const struct known_request q = {space, v->evaluator.value, v->evaluator.minimise, &r->log};
    char content[HASH128_TEXT_BYTES];
    if (!v->search.known_count) return SIBYL_OK;
    e->known = calloc(1, sizeof(*e->known));
    if (!e->known) return err_memory("known results");
    for (uint32_t i = 0; i < v->search.known_count; i++) {
        enum status st = known_results_add(e->known, v->search.known[i], &q);
        if (st) return err_prefix(st, "search.known");
    }
    hash128_text(e->known->content, content);
    identity_files_add(&e->files, "content of", "search.known", content);
    return SIBYL_OK;
}

enum status search_parts_open(const struct run *r, const struct search_slot *slot,
                              struct space **space, struct evaluator *evaluator)
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
    const char *source = (*space)->source;
    char content[HASH128_TEXT_BYTES];
    if (source) hash128_text(digest_xxh128(source, strlen(source)), content);
    const char *pool = space_pool_content(*space);
    switch (v->evaluator.kind) {
    case EVALUATOR_TABLE:
        st = open_table(evaluator, r, space);
        break;
    case EVALUATOR_COMMAND:
        st = open_command(evaluator, r, slot);
        break;
    case EVALUATOR_ASK:
        *evaluator = (struct evaluator){.evaluate = nobody_evaluates};
        break;
    }
    if (!st && pool) identity_files_add(&evaluator->files, "pool", v->pool, pool);
    if (!st && source) identity_files_add(&evaluator->files, "space file", v->space, content);
    return st ? st : add_known(evaluator, r, *space);
}

static bool is_like(const struct predictor *a, const struct predictor *b)
{
    const struct predictor_options *x = &a->options, *y = &b->options;
    return x->layers == y->layers && x->width == y->width && x->feedforward == y->feedforward &&
           x->tokens == y->tokens && x->outputs == y->outputs && x->head_count == y->head_count &&
           !memcmp(x->heads, y->heads, x->head_count * sizeof(*x->heads)) &&
           vocabulary_equal(&a->vocabulary, &b->vocabulary);
}

enum status search_parts_from(const struct run *r, const struct space *space,
                              struct evaluator *evaluator, struct predictor *out, bool *out_has)
{
    const struct search_options *o = &r->config.values->search.options;
    const char *path = r->config.values->training.from;
    struct predictor own = {0};
    char sha[SHA256_TEXT_BYTES];
    *out_has = false;
    if (!path || o->algorithm != ALGORITHM_PREDICTOR) return SIBYL_OK;
    enum status st = predictor_init(&own, &o->predictor, &space->vocabulary, "value");
    if (st) return st;
    st = predictor_read(out, path);
    *out_has = !st;
    if (!st) st = predictor_sha256(out, sha);
    if (!st) identity_files_add(&evaluator->files, "predictor", path, sha);
    if (!st && out->features.count)
        st = err_set(SIBYL_E_USAGE,
                     "training.from: %s was trained with the feature %s (data.features), which "
                     "networks of a search do not have; train one without it",
                     path, out->features.list[0].name);
    if (!st && !is_like(out, &own))
        st = err_set(SIBYL_E_USAGE,
                     "training.from: %s has other layers, width, heads or operations than the "
                     "predictors of this search; `sibyl inspect` shows them",
                     path);
    predictor_release(&own);
    return st;
}

enum status search_parts_forecast(const struct run *r, const struct space *space,
                                  struct evaluator *evaluator, struct forecast **out)
{
    const struct config_values *v = r->config.values;
    const char *names[OBJECTIVE_VALUES_MAX], *files[OBJECTIVE_VALUES_MAX];
    *out = NULL;
    if (!v->predicted_count) return SIBYL_OK;
    for (uint32_t i = 0; i < v->predicted_count; i++) {
        names[i] = v->predicted[i].value;
        files[i] = v->predicted[i].predictor;
    }
    const struct forecast_options o = {&v->search.options.objectives, space, names, files,
                                       v->predicted_count};
    enum status st = forecast_open(out, &o);
    if (!st) identity_files_add(&evaluator->files, "predictor", files[0], forecast_content(*out));
    return st;
}
