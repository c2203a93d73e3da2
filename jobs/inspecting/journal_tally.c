#include "jobs/inspecting/journal_tally.h"

#include "base/file.h"
#include "proto/files/records.h"
#include "proto/graph/architecture.pb-c.h"
#include "proto/graph/codec.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct measured {
    bool there, failed, asked, free, placed;
    bool low; /* with less than the whole budget: no answer */
    double value;
    uint64_t position; /* of a placed one: in the order in which values became known */
};

struct tally {
    struct journal_tally out;
    bool minimise;
    struct measured *tasks; /* (out.proposed) */
    size_t capacity;
    Sibyl__JournalProposal **proposals; /* in order */
    size_t count, room;
    uint64_t placed, round_first, round_end, round_missing; /* of the last round */
};

static enum status tally_header(struct tally *t, const struct record *r)
{
    Sibyl__JournalHeader *h =
        codec_unpack(&sibyl__journal_header__descriptor, r->payload, r->bytes);
    if (!h) return err_set(SIBYL_E_FORMAT, "the header cannot be decoded");
    t->out.there = true;
    t->out.seed = h->seed;
    t->minimise = strcmp(h->goal, "min") == 0;
    free(t->out.space);
    t->out.space = strdup(h->space);
    sibyl__journal_header__free_unpacked(h, NULL);
    return t->out.space ? SIBYL_OK : err_memory("a journal");
}

static enum status tally_reserve(struct tally *t, size_t tasks)
{
    if (tasks > t->capacity) {
        size_t larger = 2 * tasks + 64;
        struct measured *list = realloc(t->tasks, larger * sizeof(*list));
        if (!list) return err_memory("a journal");
        memset(list + t->capacity, 0, (larger - t->capacity) * sizeof(*list));
        t->tasks = list;
        t->capacity = larger;
    }
    if (t->count == t->room) {
        size_t larger = 2 * t->room + 64;
        void *list = realloc(t->proposals, larger * sizeof(*t->proposals));
        if (!list) return err_memory("a journal");
        t->proposals = list;
        t->room = larger;
    }
    return SIBYL_OK;
}

static enum status tally_proposal(struct tally *t, const struct record *r)
{
    Sibyl__JournalProposal *p =
        codec_unpack(&sibyl__journal_proposal__descriptor, r->payload, r->bytes);
    if (!p) return err_set(SIBYL_E_FORMAT, "a proposal cannot be decoded");
    enum status st = tally_reserve(t, (size_t)t->out.proposed + p->n_tasks);
    if (st) {
        sibyl__journal_proposal__free_unpacked(p, NULL);
        return st;
    }
    t->proposals[t->count++] = p;
    for (size_t i = 0; i < p->n_tasks; i++) {
        struct measured *task = &t->tasks[t->out.proposed + i];
        task->free = p->free;
        task->low = i < p->n_levels && p->levels[i] + 1 < p->levels_in_all;
    }
    if (!p->free) {
        t->round_first = t->out.proposed;
        t->round_end = t->round_first + p->n_tasks;
        t->round_missing = p->n_tasks;
    }
    t->out.proposed += p->n_tasks;
    return SIBYL_OK;
}

static void tally_place(struct tally *t, struct measured *m)
{
    if (m->placed) return;
    m->placed = true;
    m->position = t->placed++;
}

/* Results of a round become known together, in the order of its tasks. */
static void tally_place_round(struct tally *t)
{
    for (uint64_t i = t->round_first; i < t->round_end; i++)
        if (t->tasks[i].there) tally_place(t, &t->tasks[i]);
}

/* Of a task that was done again the last result counts, and the place of the first. */
static enum status tally_measurement(struct tally *t, const struct record *r)
{
    Sibyl__Measurement *m = codec_unpack(&sibyl__measurement__descriptor, r->payload, r->bytes);
    if (!m) return err_set(SIBYL_E_FORMAT, "a measurement cannot be decoded");
    if (m->task < t->out.proposed) {
        struct measured *task = &t->tasks[m->task];
        bool first = !task->there;
        task->there = true;
        task->failed = m->failed;
        task->value = m->value;
        task->low = task->low || m->early;
        if (task->free) tally_place(t, task);
        if (first && !task->free && --t->round_missing == 0) tally_place_round(t);
    }
    sibyl__measurement__free_unpacked(m, NULL);
    return SIBYL_OK;
}

static enum status tally_asked(struct tally *t, const struct record *r)
{
    Sibyl__JournalAsked *m = codec_unpack(&sibyl__journal_asked__descriptor, r->payload, r->bytes);
    if (!m) return err_set(SIBYL_E_FORMAT, "a list of tasks cannot be decoded");
    for (size_t i = 0; i < m->n_tasks; i++)
        if (m->tasks[i] < t->out.proposed) t->tasks[m->tasks[i]].asked = true;
    sibyl__journal_asked__free_unpacked(m, NULL);
    return SIBYL_OK;
}

static enum status tally_record(struct tally *t, const struct record *r)
{
    t->out.ended = r->type == RECORD_JOURNAL_END || (t->out.ended && r->type == RECORD_IDENTITY);
    switch (r->type) {
    case RECORD_HEADER:
        return tally_header(t, r);
    case RECORD_PROPOSAL:
        return tally_proposal(t, r);
    case RECORD_MEASUREMENT:
        return tally_measurement(t, r);
    case RECORD_ASKED:
        return tally_asked(t, r);
    default:
        return SIBYL_OK;
    }
}

static enum status tally_read(struct tally *t, const char *path)
{
    struct record_reader reader = {0};
    struct record r;
    enum status st = record_reader_open(&reader, path, RECORDS_JOURNAL);
    if (st) return st;
    while (!st) {
        enum status read = record_reader_next(&reader, &r);
        /* A record that is cut short is being written, or was when its run was killed. */
        if (read || r.type == RECORD_END) break;
        st = tally_record(t, &r);
        if (st) (void)err_prefix(st, "%s", path);
    }
    record_reader_close(&reader);
    return st;
}

static enum status tally_best_text(struct tally *t)
{
    for (size_t i = 0; t->out.found && i < t->count; i++) {
        const Sibyl__JournalProposal *p = t->proposals[i];
        for (size_t k = 0; k < p->n_tasks && k < p->n_architectures; k++) {
            if (p->tasks[k] != t->out.best_task) continue;
            t->out.best_architecture = strdup(p->architectures[k]);
            return t->out.best_architecture ? SIBYL_OK : err_memory("a journal");
        }
    }
    return SIBYL_OK;
}

static bool is_better(const struct tally *t, const struct measured *m)
{
    if (!t->out.found) return true;
    if (m->value < t->out.best) return t->minimise;
    if (m->value > t->out.best) return !t->minimise;
    return m->position < t->tasks[t->out.best_task].position;
}

/* Of networks with the best value that counts which was known first, as in best.json. */
static void tally_count(struct tally *t)
{
    struct journal_tally *o = &t->out;
    tally_place_round(t);
    for (size_t i = 0; i < o->proposed; i++) {
        const struct measured *m = &t->tasks[i];
        if (!m->there && m->asked) o->asked++;
        if (!m->there) continue;
        o->measured++;
        if (m->failed) o->failed++;
        if (m->failed || m->low || !is_better(t, m)) continue;
        o->found = true;
        o->best = m->value;
        o->best_task = i;
    }
}

enum status journal_tally_read(struct journal_tally *out, const char *folder)
{
    struct tally t = {.minimise = false};
    char *path = file_join(folder, "run.journal");
    *out = (struct journal_tally){0};
    enum status st = path ? SIBYL_OK : err_memory("a path");
    if (!st && access(path, F_OK) == 0) st = tally_read(&t, path);
    if (!st) tally_count(&t);
    if (!st) st = tally_best_text(&t);
    for (size_t i = 0; i < t.count; i++)
        sibyl__journal_proposal__free_unpacked(t.proposals[i], NULL);
    free(t.proposals);
    free(t.tasks);
    free(path);
    if (st)
        journal_tally_release(&t.out);
    else
        *out = t.out;
    return st;
}

void journal_tally_release(struct journal_tally *t)
{
    free(t->space);
    free(t->best_architecture);
    *t = (struct journal_tally){0};
}
