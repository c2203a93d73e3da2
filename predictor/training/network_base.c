#include "predictor/training/network_base.h"

#include "base/file.h"
#include "predictor/kernels/kernels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of what a digest tells, and of how a base is made from that. */
#define FORMAT 1
/* The seed of all bases: one that depended on a job's could not be found by the next. */
#define SEED 0
#define WAIT_NS 50000000

/* ---- digest ---- */

/* A field more must be told below. */
_Static_assert(sizeof(void *) != 8 || sizeof(struct training_options) == 152,
               "options_text() tells all fields of struct training_options");

static void options_text(FILE *f, const struct training_options *o)
{
    fprintf(f, "epochs %" PRIu32 " batch %" PRIu32 " shards %" PRIu32 " rate %a %a %a", o->epochs,
            o->batch, o->shards, o->rate, o->rate_floor, o->warmup);
    fprintf(f, " decay %a clip %a ema %a dropout %a scale %a", o->decay, o->clip, o->ema,
            o->dropout, o->init_scale);
#define LOSS_TEXT(name, weight, function, sentence) fprintf(f, " " #name " %a", o->loss.name);
    TRAINING_LOSSES(LOSS_TEXT)
#undef LOSS_TEXT
    fprintf(f, " auxiliary %a margin %a target %d precision %d\n", o->loss.auxiliary,
            o->loss.rank_margin, (int)o->transform, (int)o->precision);
}

/* The program itself: another build may round otherwise. */
static enum status program_text(FILE *f)
{
    char *program = NULL, text[HASH128_TEXT_BYTES];
    size_t bytes = 0;
    enum status st = file_read("/proc/self/exe", &program, &bytes);
    if (!st) hash128_text(digest_xxh128(program, bytes), text);
    if (!st) fprintf(f, "program %s level %s\n", text, kernels_level(0)->level);
    free(program);
    return st;
}

static enum status set_text(FILE *f, const struct training_set *set, uint32_t outputs)
{
    char graphs[HASH128_TEXT_BYTES], labels[HASH128_TEXT_BYTES];
    struct hash128 *each = malloc((set->count + 1) * sizeof(*each));
    if (!each) return err_memory("a base");
    for (size_t i = 0; i < set->count; i++) each[i] = graph_digest(&set->graphs[i]);
    hash128_text(digest_xxh128(each, set->count * sizeof(*each)), graphs);
    hash128_text(digest_xxh128(set->labels, set->count * outputs * sizeof(*set->labels)), labels);
    fprintf(f, "networks %zu %s labels %" PRIu32 " %s\n", set->count, graphs, outputs, labels);
    free(each);
    return SIBYL_OK;
}

enum status network_base_digest(const struct predictor *p, const struct network_base_request *q,
                                char out[HASH128_TEXT_BYTES])
{
    char *text = NULL, shape[SHA256_TEXT_BYTES], from[SHA256_TEXT_BYTES] = "";
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return err_memory("a base");
    fprintf(f, "base %d seed %d\n", FORMAT, SEED);
    enum status st = program_text(f);
    if (!st) st = predictor_sha256(p, shape);
    if (!st && q->from) st = predictor_sha256(q->from, from);
    if (!st) fprintf(f, "shape %s from %s\n", shape, from);
    if (!st) st = set_text(f, q->set, p->options.outputs ? p->options.outputs : 1);
    if (!st) options_text(f, q->options);
    if (fclose(f) && !st) st = err_memory("a base");
    if (!st) hash128_text(digest_xxh128(text, bytes), out);
    free(text);
    return st;
}

/* ---- finding ---- */

/* Whether what was found can stand in the place of `p`. A digest that was met by chance, or by
 * intent, must not lead beyond memory. */
static bool is_like(const struct predictor *found, const struct predictor *p)
{
    return found->parameters == p->parameters && found->options.members == p->options.members &&
           found->options.attributes.count == p->options.attributes.count &&
           predictor_networks(found) == predictor_networks(p);
}

/* In one folder. Rank 0. */
static bool find_in(struct predictor *p, const char *folder, const char *digest,
                    const struct log *log)
{
    struct predictor found = {0};
    if (!folder || !base_files_read(&found, folder, digest, log)) return false;
    bool like = is_like(&found, p);
    if (like) {
        memcpy(p->weights, found.weights, p->parameters * predictor_networks(p) * sizeof(float));
        p->options.attributes = found.options.attributes;
        log_root(log, "pre-training: the base %s in %s", digest, folder);
    } else {
        log_warn(log, "%s: the base %s has another shape; it is made anew", folder, digest);
    }
    predictor_release(&found);
    return like;
}

/* Rank 0. Where it was: 0 in `own`, 1 in `shared`; -1: it must be made. */
static int find(struct predictor *p, const struct network_base_request *q, const char *digest)
{
    if (find_in(p, q->own, digest, q->log)) return 0;
    return find_in(p, q->shared, digest, q->log) ? 1 : -1;
}

/* Rank 0. Finds it, or becomes the one that makes it; `lock` is held then. */
static enum status find_or_lock(struct predictor *p, const struct network_base_request *q,
                                const char *digest, struct base_lock *lock, int *out_where)
{
    const struct timespec pause = {0, WAIT_NS};
    *out_where = find(p, q, digest);
    if (!q->one_maker || !q->own || *out_where >= 0) return SIBYL_OK;
    while (!base_lock_try(lock, q->own, digest)) {
        if (q->stop_asked && q->stop_asked(q->context))
            return err_set(SIBYL_E_STOPPED, "stopped before training");
        nanosleep(&pause, NULL);
    }
    *out_where = find(p, q, digest); /* by the one that was waited for */
    return SIBYL_OK;
}

/* ---- keeping ---- */

void network_base_keep(const struct predictor *p, const char *folder, const struct log *log)
{
    if (base_files_write(p, folder)) log_warn(log, "the base is not kept: %s", err_message());
}

static void keep_shared(const struct predictor *p, const struct network_base_request *q)
{
    if (base_files_write(p, q->shared)) {
        const char *text = "the base is not kept for other jobs: %s";
        if (q->shared_named)
            log_warn(q->log, text, err_message());
        else
            log_root(q->log, text, err_message());
        return;
    }
    base_files_prune(q->shared);
}

/* ---- all of it ---- */

static enum status make(struct team *t, struct predictor *p, const struct network_base_request *q)
{
    struct trainer_result unused;
    const struct trainer_run run = {.options = q->options,
                                    .seed = SEED,
                                    .from = q->from,
                                    .threads = q->threads,
                                    .job_digest = "",
                                    .log = q->log,
                                    .stop_asked = q->stop_asked,
                                    .context = q->context};
    log_root(q->log, "pre-training: %zu networks, %" PRIu32 " epochs", q->set->count,
             q->options->epochs);
    return trainer_run(t, p, q->set, &run, &unused);
}

/* What rank 0 has found, to all. Collective. */
static void share(struct team *t, struct predictor *p)
{
    team_broadcast(t, 0, &p->options.attributes, sizeof(p->options.attributes));
    team_broadcast(t, 0, p->weights, p->parameters * predictor_networks(p) * sizeof(float));
}

enum status network_base_obtain(struct team *t, struct predictor *p,
                                const struct network_base_request *q, const char *digest,
                                bool *out_found)
{
    struct base_lock lock = {-1};
    int where = -1;
    bool root = team_rank(t) == 0;
    enum status st = root ? find_or_lock(p, q, digest, &lock, &where) : SIBYL_OK;
    st = team_agree(t, st);
    if (st) goto done;
    team_broadcast(t, 0, &where, sizeof(where));
    if (where >= 0)
        share(t, p);
    else
        st = make(t, p, q);
    if (st) goto done;
    snprintf(p->base, sizeof(p->base), "%s", digest);
    if (root && q->own && where != 0) network_base_keep(p, q->own, q->log);
    if (root && q->shared && where < 0) keep_shared(p, q);
    *out_found = where >= 0;
done:
    base_lock_release(&lock);
    return st;
}
