/* Searches as the runs of an experiment. Each leaves the folder of that search alone; what a rank
 * has opened, a table above all, it keeps for its next searches. */
#include "base/clock.h"
#include "base/file.h"
#include "jobs/experiments/experiment_parts.h"
#include "jobs/experiments/search_curve.h"
#include "jobs/experiments/search_tables.h"
#include "jobs/run/search_parts.h"
#include "jobs/run/search_session.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HELD_MAX 4 /* tables that a rank keeps open at a time */
#define SYNC_S 1.0 /* what a power cut takes of a table's values can be looked up again */

/* A space and a table of it, which any number of searches look at, one after the other. */
struct held {
    char *key; /* what of a job decides them; NULL: a free place */
    struct space *space;
    struct evaluator evaluator;
};

struct searches {
    struct held held[HELD_MAX];
    size_t next;
    struct search_slot slot; /* of this rank, for the search at hand */
};

static void held_release(struct held *h)
{
    if (h->evaluator.release) evaluator_release(&h->evaluator);
    space_free(h->space);
    free(h->key);
    *h = (struct held){0};
}

static enum status start(struct experiment *x)
{
    struct searches *s = calloc(1, sizeof(*s));
    if (!s) return err_memory("an experiment");
    x->state = s;
    s->slot = (struct search_slot){x->slot, x->slots};
    for (size_t i = 0; i < x->settings; i++) {
        const struct config_values *v = x->configs[i].values;
        bool table = v->evaluator.kind == EVALUATOR_TABLE;
        if (v->search.apart == APART_IN_TURN || (v->search.apart == APART_AUTO && !table))
            x->in_turn = true;
    }
    return SIBYL_OK;
}

static void release(struct experiment *x)
{
    struct searches *s = x->state;
    if (!s) return;
    for (size_t i = 0; i < HELD_MAX; i++) held_release(&s->held[i]);
    free(s);
}

/* ---- what a search looks at ---- */

/* What a table is looked up for. */
static void print_objectives(FILE *f, const struct objectives *o)
{
    for (uint32_t i = 0; i < o->values; i++)
        fprintf(f, "value %s %d %d\n", o->names[i], i < o->count && o->list[i].minimise,
                o->predicted[i]);
    for (uint32_t i = 0; i < o->limit_count; i++)
        fprintf(f, "limit %" PRIu32 " %.17g %.17g\n", o->limits[i].value, o->limits[i].at_least,
                o->limits[i].at_most);
    for (uint32_t i = 0; i < o->report_count; i++) fprintf(f, "report %s\n", o->reports[i]);
}

static char *key_of(const struct config_values *v)
{
    char *key = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&key, &bytes);
    if (!f) return NULL;
    fprintf(f, "%s\n%s\n%s\n%s\n%d\n%d\n", v->space ? v->space : "", v->pool ? v->pool : "",
            v->evaluator.file ? v->evaluator.file : "", v->evaluator.value, v->evaluator.minimise,
            v->search.options.algorithm == ALGORITHM_EXHAUSTIVE);
    print_objectives(f, &v->search.options.objectives);
    for (uint32_t i = 0; i < v->search.known_count; i++) fprintf(f, "%s\n", v->search.known[i]);
    if (!fclose(f)) return key;
    free(key);
    return NULL;
}

/* Opens what the run looks at, in the place of what this rank has held longest. */
static enum status open_held(struct searches *s, const struct run *r, struct held **out)
{
    struct held *h = &s->held[s->next++ % HELD_MAX];
    held_release(h);
    enum status st = search_parts_open(r, &s->slot, &h->space, &h->evaluator);
    if (st)
        held_release(h);
    else
        *out = h;
    return st;
}

/* The same, or what this rank holds. A program is opened anew for each search: it belongs to the
 * search's folder. */
static enum status find_held(struct experiment *x, const struct run *r, struct held **out)
{
    struct searches *s = x->state;
    const struct config_values *v = r->config.values;
    char *key = key_of(v);
    if (!key) return err_memory("an experiment");
    for (size_t i = 0; v->evaluator.kind == EVALUATOR_TABLE && i < HELD_MAX; i++)
        if (s->held[i].key && !strcmp(s->held[i].key, key)) {
            free(key);
            *out = &s->held[i];
            return SIBYL_OK;
        }
    enum status st = open_held(s, r, out);
    if (!st && v->evaluator.kind == EVALUATOR_TABLE)
        (*out)->key = key;
    else
        free(key);
    return st;
}

/* Opens what the setting looks at. Of a table it stays open. */
static enum status check(struct experiment *x, size_t setting, struct identity_files *out)
{
    struct held *held;
    struct run r = *x->run;
    struct predictor from;
    struct forecast *forecast = NULL;
    bool has_from = false;
    r.config = x->configs[setting];
    if (r.config.values->evaluator.kind == EVALUATOR_ASK)
        return err_set(SIBYL_E_USAGE, "evaluator.kind is ask, so there is nothing that sibyl "
                                      "search could run; give each search a job of its own");
    enum status st = find_held(x, &r, &held);
    if (st) return st;
    struct evaluator own = held->evaluator; /* files of its own */
    st = search_parts_from(&r, held->space, &own, &from, &has_from);
    if (has_from) predictor_release(&from);
    if (!st) st = search_parts_forecast(&r, held->space, &own, &forecast);
    forecast_close(forecast);
    *out = own.files;
    return st;
}

/* ---- one search ---- */

/* How many settings before this one are the same but for budgets. */
static size_t alike_before(const struct experiment *x, size_t setting)
{
    size_t count = 0;
    for (size_t i = 0; i < setting; i++) count += !strcmp(x->identities[i], x->identities[setting]);
    return count;
}

/* A search's folder within the experiment's: by what it is a search of, so that it stays the same
 * where the experiment gets more settings. */
static void folder_of(const struct experiment *x, size_t setting, uint64_t seed, char out[96])
{
    const char *identity = x->identities[setting];
    uint64_t hash = digest_xxh64(identity, strlen(identity));
    size_t before = alike_before(x, setting);
    if (before)
        snprintf(out, 96, "runs/%08" PRIx64 ".%zu-%" PRIu64, hash >> 32, before + 1, seed);
    else
        snprintf(out, 96, "runs/%08" PRIx64 "-%" PRIu64, hash >> 32, seed);
}

static bool is_text(const json_t *row, const char *key, const char *text)
{
    const char *own = json_string_value(json_object_get(row, key));
    return own && !strcmp(own, text);
}

/* A larger budget is for a search to go on with. */
static bool fits(const struct experiment *x, const json_t *row, size_t setting)
{
    char folder[96];
    const struct config_values *v = x->configs[setting].values;
    json_int_t repeat = json_integer_value(json_object_get(row, "repeat"));
    json_int_t allowed = json_integer_value(json_object_get(row, "evaluations_allowed"));
    folder_of(x, setting, v->seed + (uint64_t)repeat, folder);
    return is_text(row, "folder", folder) &&
           is_text(row, "target", v->search.target ? v->search.target : "") &&
           allowed == (json_int_t)v->search.options.evaluations;
}

static enum status search_in(struct experiment *x, const struct experiment_task *task,
                             struct run *r, struct evaluator *evaluator)
{
    struct held *held;
    struct predictor from;
    struct searches *s = x->state;
    struct forecast *forecast = NULL;
    bool has_from = false;
    struct search_roles roles;
    enum status st = team_agree(r->team, search_parts_roles(r, (uint32_t)r->ranks, &roles));
    if (st) return st;
    if (x->in_turn) s->slot = search_parts_slot(r, &roles);
    st = find_held(x, r, &held);
    if (!st) {
        *evaluator = held->evaluator; /* files of its own; the rest is borrowed */
        st = search_parts_from(r, held->space, evaluator, &from, &has_from);
    }
    if (!st) st = search_parts_forecast(r, held->space, evaluator, &forecast);
    if (!st) st = experiment_check_files(x, task->setting, &evaluator->files);
    st = team_agree(r->team, st);
    if (!st) {
        struct search_session session = {.run = r,
                                         .space = held->space,
                                         .evaluator = evaluator,
                                         .from = has_from ? &from : NULL,
                                         .forecast = forecast,
                                         .roles = roles,
                                         .stop_asked = experiment_stop_asked,
                                         .sync_s = evaluator->best_known ? SYNC_S : 0,
                                         .context = (void *)(uintptr_t)task};
        st = search_session_run(&session);
    }
    forecast_close(forecast);
    if (has_from) predictor_release(&from);
    return st;
}

/* The row: what the search's result.json tells, and how its best value rose. */
static enum status fill_row(const struct run *r, struct evaluator *evaluator, struct result *row)
{
    const struct search_options *o = &r->config.values->search.options;
    char *path = run_path(r, "result.json");
    json_t *result = path ? json_load_file(path, 0, NULL) : NULL;
    double optimum = NAN, sign = o->minimise ? -1 : 1;
    struct hash128 hash;
    enum status st = SIBYL_OK;
    if (!result || json_object_update(row->object, result))
        st = err_set(SIBYL_E_IO, "%s: cannot read the result of a search", r->folder);
    row->before_s = json_number_value(json_object_get(result, "wall_s"));
    row->started_s = clock_s();
    if (evaluator->best_known && evaluator->best_known(evaluator, &optimum, &hash)) {
        const json_t *best = json_object_get(result, "best_value"); /* null: there is none */
        double value = json_is_number(best) ? json_number_value(best) : (double)NAN;
        result_number(row, "optimum", sign * optimum);
        result_number(row, "regret", optimum - sign * value);
    }
    if (!st) st = search_curve_report(r->folder, o, sign * optimum, row);
    json_decref(result);
    free(path);
    return st;
}

static enum status work(struct experiment *x, const struct experiment_task *task,
                        struct result *row)
{
    struct run r = {0};
    struct config config = {0};
    struct evaluator evaluator;
    struct options options = *x->run->options;
    char folder[96];
    options.parts = 0;
    enum status st = config_repeat(&config, x->file, task->setting, task->repeat);
    char *path = NULL;
    if (!st) {
        folder_of(x, task->setting, config.values->seed, folder);
        if (!(path = run_path(x->run, folder))) st = SIBYL_E_MEM;
    }
    const struct run_part part = {.outer = x->run,
                                  .team = x->in_turn ? x->run->team : x->self,
                                  .log = x->in_turn ? &x->run->log : &x->quiet,
                                  .options = &options,
                                  .config = &config,
                                  .folder = path};
    st = team_agree(part.team, st);
    if (!st) st = run_open_part(&r, &part);
    if (!st) {
        result_text(row, "folder", folder);
        result_integer(row, "evaluations_allowed", r.config.values->search.options.evaluations);
        result_text(row, "target",
                    r.config.values->search.target ? r.config.values->search.target : "");
        st = search_in(x, task, &r, &evaluator);
    }
    if (!st) st = team_agree(part.team, r.root ? fill_row(&r, &evaluator, row) : SIBYL_OK);
    if (st && st != SIBYL_E_STOPPED)
        err_prefix(st, "%s, repeat %zu", x->configs[task->setting].setting, task->repeat);
    run_close(&r);
    config_release(&config);
    free(path);
    return st;
}

static void tell(const json_t *row, char *out, size_t bytes)
{
    const json_t *to_target = json_object_get(row, "evaluations_to_target");
    if (!json_is_number(json_object_get(row, "best_value"))) {
        snprintf(out, bytes, "no best value after %lld evaluations",
                 (long long)json_integer_value(json_object_get(row, "evaluations")));
        return;
    }
    int length =
        snprintf(out, bytes, "best %.6g after %lld of %lld evaluations",
                 json_number_value(json_object_get(row, "best_value")),
                 (long long)json_integer_value(json_object_get(row, "evaluations_to_best")),
                 (long long)json_integer_value(json_object_get(row, "evaluations")));
    if (!is_text(row, "target", "") && !json_is_integer(to_target) && length > 0 &&
        (size_t)length < bytes)
        snprintf(out + length, bytes - (size_t)length, ", target not reached");
}

static enum status finish(struct experiment *x, const char *title)
{
    struct search_rows rows = {.settings = x->settings,
                               .repeats = x->repeats,
                               .rows = x->rows,
                               .configs = x->configs,
                               .title = title};
    return search_tables_write(&rows, x->run->folder, &x->run->result);
}

const struct experiment_kind experiment_searches = {.verb = CONFIG_SEARCH,
                                                    .one = "search",
                                                    .many = "searches",
                                                    .start = start,
                                                    .check = check,
                                                    .fits = fits,
                                                    .work = work,
                                                    .tell = tell,
                                                    .finish = finish,
                                                    .release = release};
