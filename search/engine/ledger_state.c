#include "search/engine/ledger_state.h"

#include "base/file.h"
#include "proto/graph/codec.h"
#include "search/engine/ledger_replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "SIBYLST3"
#define MAGIC_BYTES 8
#define NAME "run.state"
/* As other files that are being written, so that it is cleaned up as they are. */
#define TEMPORARY NAME ".0000000000000000" FILE_TEMPORARY_END
#define RECORDS_OLD 64 /* records behind a state, after which a new one is made */
#define STATE_BYTES_MAX ((size_t)1 << 32)
#define VERSION_BYTES 32

/* file = magic, digest of all behind it (16), head, the algorithm's bytes, tasks, their order.
 * In the machine's own byte order: a state of another machine is none (its digest differs). */
struct state_head {
    char version[VERSION_BYTES];
    char recorded[IDENTITY_TEXT_BYTES]; /* identity in the journal */
    struct record_place place;
    uint64_t rounds, tasks, entered, measured; /* entered: have a measurement; measured: counted */
    uint64_t evaluations_to_target, round_first, round_count, round_missing;
    uint64_t algorithm_bytes, seed;
    uint32_t algorithm, genes;
    uint8_t ended, for_budget, reached, unused[5];
};

struct state_task {
    struct hash128 hash;
    uint64_t round;
    double predicted;
    uint32_t measurement_bytes; /* none of one that is told of task 0 and value 0 alone */
    uint8_t is_free, asked, told, unused;
    char origin[HISTORY_ORIGIN_BYTES];
};

struct state_order { /* results, in the order in which they counted */
    double value;    /* as the user has it */
    uint32_t task, failed;
};

struct ledger_state {
    char *data; /* all of the file */
    size_t bytes;
    struct state_head head;
    const char *algorithm, *tasks; /* where those parts begin */
    bool brief;
};

/* What stands for measurements that were not read. */
static const Sibyl__Measurement state_brief = SIBYL__MEASUREMENT__INIT;

#define HEAD_AT (MAGIC_BYTES + sizeof(struct hash128))

/* ---- reading ---- */

/* Is it whole, and of this program and search? */
static bool state_is_sound(struct ledger_state *s, const struct search_run *run)
{
    struct hash128 told, own;
    if (s->bytes < HEAD_AT + sizeof(s->head) || memcmp(s->data, MAGIC, MAGIC_BYTES)) return false;
    memcpy(&told, s->data + MAGIC_BYTES, sizeof(told));
    own = digest_xxh128(s->data + HEAD_AT, s->bytes - HEAD_AT);
    if (hash128_compare(told, own)) return false;
    memcpy(&s->head, s->data + HEAD_AT, sizeof(s->head));
    s->algorithm = s->data + HEAD_AT + sizeof(s->head);
    s->tasks = s->algorithm + s->head.algorithm_bytes;
    return !strncmp(s->head.version, SIBYL_VERSION, VERSION_BYTES) &&
           s->head.genes == run->space->genes && s->head.seed == run->options->seed &&
           s->head.algorithm == (uint32_t)run->options->algorithm;
}

static bool state_fits(const struct ledger_state *s, const struct search_run *run)
{
    char *path = file_join(run->folder, "run.journal");
    bool fits = path && record_place_fits(&s->head.place, path, RECORDS_JOURNAL);
    free(path);
    return fits;
}

enum status ledger_state_read(struct ledger_state **out, const struct search_run *run, bool brief)
{
    *out = NULL;
    if (run->options->fidelity.levels) return SIBYL_OK; /* a state tells nothing of budgets */
    char *path = file_join(run->folder, NAME);
    struct ledger_state *s = calloc(1, sizeof(*s));
    if (!path || !s) {
        free(path);
        free(s);
        return err_memory("the state of a search");
    }
    bool good = access(path, F_OK) == 0 &&
                !file_read_most(path, STATE_BYTES_MAX, &s->data, &s->bytes) &&
                state_is_sound(s, run) && state_fits(s, run);
    free(path);
    s->brief = brief && !objectives_are_many(&run->options->objectives);
    if (good)
        *out = s;
    else
        ledger_state_free(s);
    return SIBYL_OK;
}

void ledger_state_free(struct ledger_state *s)
{
    if (!s) return;
    free(s->data);
    free(s);
}

void ledger_state_start(const struct ledger_state *s, struct journal_start *out)
{
    *out = (struct journal_start){.place = s->head.place,
                                  .rounds = s->head.rounds,
                                  .tasks = s->head.tasks,
                                  .ended = s->head.ended,
                                  .for_budget = s->head.for_budget,
                                  .recorded = s->head.recorded};
}

static enum status state_measurement(const struct ledger_state *s, struct ledger *l, size_t task,
                                     const char *data, size_t bytes)
{
    Sibyl__Measurement *m = (Sibyl__Measurement *)(uintptr_t)&state_brief; /* only read */
    if (!s->brief) m = sibyl__measurement__unpack(NULL, bytes, (const unsigned char *)data);
    if (!m) return err_set(SIBYL_E_FORMAT, "%s is damaged: remove it", NAME);
    l->tasks[task].measurement = m;
    l->tasks[task].brief = s->brief;
    l->pending--;
    return history_note(&l->history, task, m);
}

/* Its digest is right, so that what it says of its parts is what was written. */
static enum status state_tasks(const struct ledger_state *s, struct ledger *l)
{
    const char *at = s->tasks;
    const size_t gene_bytes = s->head.genes * sizeof(uint16_t);
    uint16_t *genes = malloc(gene_bytes); /* aligned, which those in the file are not */
    enum status st = genes ? SIBYL_OK : err_memory("the state of a search");
    for (uint64_t i = 0; i < s->head.tasks && !st; i++) {
        struct state_task t;
        memcpy(&t, at, sizeof(t));
        memcpy(genes, at + sizeof(t), gene_bytes);
        at += sizeof(t) + gene_bytes;
        const struct candidate c = {.genes = genes, .hash = t.hash};
        l->rounds = t.round;
        const struct ledger_new new = {&c, t.origin, t.predicted, t.is_free, 0};
        st = ledger_add(l, &new);
        if (!st) l->tasks[i].asked = t.asked;
        if (!st && t.told) st = state_measurement(s, l, i, at, t.measurement_bytes);
        at += t.measurement_bytes;
    }
    for (uint64_t k = 0; k < s->head.measured && !st; k++, at += sizeof(struct state_order)) {
        struct state_order o;
        memcpy(&o, at, sizeof(o));
        if (o.task >= l->history.count || l->history.entries[o.task].measured) {
            st = err_set(SIBYL_E_FORMAT, "%s is damaged: remove it", NAME);
            break;
        }
        history_measure(&l->history, o.task, o.failed, l->sign * o.value);
        if (!s->brief) st = history_tell(&l->history, o.task, l->tasks[o.task].measurement);
    }
    free(genes);
    return st;
}

enum status ledger_state_restore(const struct ledger_state *s, struct ledger *l)
{
    const struct state_head *h = &s->head;
    enum status st = state_tasks(s, l);
    if (!st && l->algorithm->load)
        st = l->algorithm->load(l->state, l->run, s->algorithm, h->algorithm_bytes);
    if (st) return st;
    l->rounds = h->rounds;
    l->reached = h->reached;
    l->evaluations_to_target = h->evaluations_to_target;
    l->round_first = h->round_first;
    l->round_count = h->round_count;
    l->round_missing = h->round_missing;
    return SIBYL_OK;
}

/* ---- writing ---- */

static enum status state_put_task(FILE *f, const struct ledger *l, size_t i)
{
    const struct history_entry *e = &l->history.entries[i];
    const Sibyl__Measurement *m = l->tasks[i].measurement;
    unsigned char *data = NULL;
    size_t bytes = 0;
    struct state_task t = {.hash = e->candidate.hash,
                           .round = e->round,
                           .predicted = e->predicted,
                           .is_free = l->tasks[i].free,
                           .asked = l->tasks[i].asked,
                           .told = m != NULL};
    memcpy(t.origin, e->origin, sizeof(t.origin));
    enum status st = m ? codec_pack(&m->base, "a measurement", &data, &bytes) : SIBYL_OK;
    if (st) return st;
    t.measurement_bytes = (uint32_t)bytes;
    fwrite(&t, sizeof(t), 1, f);
    fwrite(e->candidate.genes, sizeof(*e->candidate.genes), l->history.genes, f);
    if (bytes) fwrite(data, bytes, 1, f);
    free(data);
    return SIBYL_OK;
}

/* Those that the ledger has in short are copied from the state that told of them. */
static enum status state_put_tasks(FILE *f, const struct ledger *l, const struct ledger_state *old)
{
    const char *at = old ? old->tasks : NULL;
    const size_t gene_bytes = l->history.genes * sizeof(uint16_t);
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < l->history.count && !st; i++) {
        struct state_task t = {.measurement_bytes = 0};
        size_t bytes = 0;
        bool told = old && i < old->head.tasks;
        if (told) memcpy(&t, at, sizeof(t));
        if (told) bytes = sizeof(t) + gene_bytes + t.measurement_bytes;
        if (l->tasks[i].brief)
            fwrite(at, bytes, 1, f);
        else
            st = state_put_task(f, l, i);
        at = told ? at + bytes : at;
    }
    return st;
}

struct state_parts {
    const struct ledger_state *old;
    char *algorithm;
    size_t algorithm_bytes;
};

static enum status state_put(FILE *f, const struct ledger *l, const struct state_parts *p)
{
    const struct history *h = &l->history;
    struct state_head head = {.place = l->journal.appender.place,
                              .rounds = l->rounds,
                              .tasks = h->count,
                              .entered = h->count - l->pending,
                              .measured = h->measured,
                              .evaluations_to_target = l->evaluations_to_target,
                              .round_first = l->round_first,
                              .round_count = l->round_count,
                              .round_missing = l->round_missing,
                              .algorithm_bytes = p->algorithm_bytes,
                              .seed = l->run->options->seed,
                              .algorithm = (uint32_t)l->algorithm->kind,
                              .genes = l->history.genes,
                              .ended = l->journal.ended,
                              .for_budget = l->journal.for_budget,
                              .reached = l->reached};
    snprintf(head.version, sizeof(head.version), "%s", SIBYL_VERSION);
    identity_text(&l->journal.identity.of, head.recorded);
    fwrite(&head, sizeof(head), 1, f);
    if (p->algorithm_bytes) fwrite(p->algorithm, p->algorithm_bytes, 1, f);
    enum status st = state_put_tasks(f, l, p->old);
    for (size_t k = 0; k < h->measured; k++) {
        const struct history_entry *e = &h->entries[h->order[k]];
        const struct state_order o = {l->sign * e->value, (uint32_t)h->order[k], e->failed};
        fwrite(&o, sizeof(o), 1, f);
    }
    return st;
}

static enum status state_algorithm(const struct ledger *l, char **out, size_t *out_bytes)
{
    *out = NULL;
    *out_bytes = 0;
    if (!l->algorithm->save) return SIBYL_OK;
    FILE *f = open_memstream(out, out_bytes);
    if (!f) return err_memory("the state of a search");
    enum status st = l->algorithm->save(l->state, l->run, f);
    return fclose(f) && !st ? err_memory("the state of a search") : st;
}

static enum status state_make(const struct ledger *l, const struct ledger_state *old, char **out,
                              size_t *out_bytes)
{
    struct hash128 digest = {0, 0};
    struct state_parts parts = {.old = old};
    enum status st = state_algorithm(l, &parts.algorithm, &parts.algorithm_bytes);
    FILE *f = st ? NULL : open_memstream(out, out_bytes);
    if (!st && !f) st = err_memory("the state of a search");
    if (st) goto done;
    fwrite(MAGIC, MAGIC_BYTES, 1, f);
    fwrite(&digest, sizeof(digest), 1, f);
    st = state_put(f, l, &parts);
    if (fclose(f) && !st) st = err_memory("the state of a search");
    if (st) goto done;
    digest = digest_xxh128(*out + HEAD_AT, *out_bytes - HEAD_AT);
    memcpy(*out + MAGIC_BYTES, &digest, sizeof(digest));
done:
    free(parts.algorithm);
    return st;
}

static void state_write(const char *folder, const char *data, size_t bytes)
{
    char *path = file_join(folder, NAME), *temporary = file_join(folder, TEMPORARY);
    FILE *f = path && temporary ? fopen(temporary, "wbe") : NULL;
    if (f) {
        bool good = fwrite(data, bytes, 1, f) == 1;
        good = fclose(f) == 0 && good;
        if (!good || rename(temporary, path)) (void)unlink(temporary);
    }
    free(path);
    free(temporary);
}

enum status ledger_state_keep(const struct ledger *l, const struct ledger_state *old)
{
    uint64_t record = l->journal.appender.place.record;
    char *data = NULL;
    size_t bytes = 0;
    if (old && record < old->head.place.record + RECORDS_OLD) return SIBYL_OK;
    if (l->run->options->fidelity.levels) return SIBYL_OK;
    /* Tasks that are done again are told of by the journal alone. */
    if (l->history.again > 0 || history_temporary(&l->history) > 0) return SIBYL_OK;
    enum status st = state_make(l, old, &data, &bytes);
    if (!st) state_write(l->run->folder, data, bytes);
    free(data);
    return st;
}
