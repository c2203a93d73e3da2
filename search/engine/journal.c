#include "search/engine/journal.h"

#include "proto/graph/codec.h"
#include "search/evaluators/command_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum status journal_damaged(const char *what)
{
    return err_set(SIBYL_E_FORMAT,
                   "the journal of the search is damaged: %s; move the file away to start again",
                   what);
}

static enum status journal_other_file(const struct identity_file *f)
{
    if (strcmp(f->what, COMMAND_PROGRAM) == 0)
        return err_set(SIBYL_E_USAGE,
                       "the program %s is not the one that this run began with (its run.journal "
                       "tells): put that one back, or give the run another --out; if the values it "
                       "prints still mean the same, go on with --accept-program",
                       f->path);
    return err_set(SIBYL_E_USAGE,
                   "the %s %s is not the one that this run began with (its run.journal tells): put "
                   "that one back, or give the run a folder of its own",
                   f->what, f->path);
}

/* Is there a value that another program might not have given, or a failure that stays? */
static bool journal_has_values(const struct journal *j)
{
    for (size_t i = 0; i < j->measured; i++)
        if (!j->measurements[i].of->temporary) return true;
    return j->late;
}

/* Another job's, or of this job with another file? A program may be told to be another by a later
 * record, so it is looked at when all are read: `last`. */
static enum status journal_check_identity(const struct journal *j, bool last)
{
    const struct identity *own = &j->identity.of;
    if (identity_is(own, j->recorded)) return SIBYL_OK;
    const struct identity_file *changed = identity_changed_file(own, j->recorded);
    if (!changed)
        return err_set(SIBYL_E_USAGE,
                       "the folder holds the search of another job (its run.journal has another "
                       "digest): give this job a folder of its own, or take the change back");
    bool program = strcmp(changed->what, COMMAND_PROGRAM) == 0;
    bool may = !last || j->identity.accept_program || !journal_has_values(j);
    return program && may ? SIBYL_OK : journal_other_file(changed);
}

static enum status journal_take_identity(struct journal *j, const char *text)
{
    if (strlen(text) >= sizeof(j->recorded)) return journal_damaged("an identity is too long");
    snprintf(j->recorded, sizeof(j->recorded), "%s", text);
    return journal_check_identity(j, false);
}

static enum status journal_replay_header(struct journal *j, const struct record *r)
{
    if (j->headed) return journal_damaged("it has two headers");
    Sibyl__JournalHeader *h =
        codec_unpack(&sibyl__journal_header__descriptor, r->payload, r->bytes);
    if (!h) return journal_damaged("its header cannot be read");
    const struct journal_identity *own = &j->identity;
    enum status st = SIBYL_OK;
    /* A space file that was changed may also give another name: that is told as the file's. */
    if (own->space_text) st = journal_take_identity(j, h->job_digest);
    if (!st && (h->seed != own->seed || strcmp(h->space, own->space) != 0))
        st = err_set(SIBYL_E_USAGE,
                     "the folder holds the search of another job (its run.journal has "
                     "another seed or space): give this job a folder of its own");
    if (!st) st = journal_take_identity(j, h->job_digest);
    sibyl__journal_header__free_unpacked(h, NULL);
    j->headed = !st;
    return st;
}

static enum status journal_reserve(void *list, size_t *capacity, size_t wanted)
{
    if (wanted <= *capacity) return SIBYL_OK;
    size_t larger = *capacity ? *capacity : 64;
    while (larger < wanted) larger *= 2;
    void **old;
    memcpy(&old, list, sizeof(old));
    void **items = realloc(old, larger * sizeof(*items));
    if (!items) return err_memory("the journal of the search");
    memset(items + *capacity, 0, (larger - *capacity) * sizeof(*items));
    memcpy(list, &items, sizeof(items));
    *capacity = larger;
    return SIBYL_OK;
}

static enum status journal_check_proposal(const struct journal *j, const Sibyl__JournalProposal *p)
{
    if (p->round != j->rounds) return journal_damaged("its rounds do not count up");
    if ((p->n_tasks == 0 && !p->free) || p->n_tasks != p->n_architectures ||
        (p->n_predicted != 0 && p->n_predicted != p->n_tasks))
        return journal_damaged("a proposal has lists of unequal length");
    for (size_t i = 0; i < p->n_tasks; i++) {
        if (p->tasks[i] != j->tasks + i) return journal_damaged("its tasks do not count up");
    }
    return SIBYL_OK;
}

static enum status journal_replay_proposal(struct journal *j, const struct record *r)
{
    Sibyl__JournalProposal *p =
        codec_unpack(&sibyl__journal_proposal__descriptor, r->payload, r->bytes);
    if (!p) return journal_damaged("a proposal cannot be read");
    enum status st = journal_check_proposal(j, p);
    if (!st) st = journal_reserve(&j->proposals, &j->round_capacity, j->rounds + 1);
    if (!st) st = journal_reserve(&j->latest, &j->task_capacity, j->tasks + p->n_tasks);
    if (st) {
        sibyl__journal_proposal__free_unpacked(p, NULL);
        return st;
    }
    j->proposals[j->rounds++] = p;
    j->tasks += p->n_tasks;
    j->resumed = true;
    return SIBYL_OK;
}

static enum status journal_add_measurement(struct journal *j, Sibyl__Measurement *m)
{
    if (j->measured == j->measured_capacity) {
        size_t capacity = j->measured_capacity ? 2 * j->measured_capacity : 64;
        struct journal_measurement *list = realloc(j->measurements, capacity * sizeof(*list));
        if (!list) return err_memory("the journal of the search");
        j->measurements = list;
        j->measured_capacity = capacity;
    }
    j->measurements[j->measured++] = (struct journal_measurement){m, j->rounds};
    j->latest[m->task] = m;
    return SIBYL_OK;
}

static enum status journal_replay_measurement(struct journal *j, const struct record *r)
{
    Sibyl__Measurement *m = codec_unpack(&sibyl__measurement__descriptor, r->payload, r->bytes);
    if (!m) return journal_damaged("a measurement cannot be read");
    const Sibyl__Measurement *before = m->task < j->tasks ? j->latest[m->task] : NULL;
    bool good = m->task < j->tasks && (!before || before->temporary);
    enum status st = good ? journal_add_measurement(j, m)
                          : journal_damaged("a measurement is of no proposed task, or there twice");
    if (st) sibyl__measurement__free_unpacked(m, NULL);
    return st;
}

static enum status journal_replay_asked(struct journal *j, const struct record *r)
{
    Sibyl__JournalAsked *m = codec_unpack(&sibyl__journal_asked__descriptor, r->payload, r->bytes);
    if (!m) return journal_damaged("a list of tasks cannot be read");
    enum status st = SIBYL_OK;
    for (size_t i = 0; !st && i < m->n_tasks; i++)
        if (m->tasks[i] >= j->tasks) st = journal_damaged("a task was given out before its time");
    size_t wanted = j->asked_count + m->n_tasks;
    if (!st && wanted > j->asked_capacity) {
        uint64_t *grown = realloc(j->asked, 2 * wanted * sizeof(*grown));
        if (!grown) st = err_memory("the journal of the search");
        if (grown) j->asked = grown;
        if (grown) j->asked_capacity = 2 * wanted;
    }
    for (size_t i = 0; !st && i < m->n_tasks; i++) j->asked[j->asked_count++] = m->tasks[i];
    sibyl__journal_asked__free_unpacked(m, NULL);
    return st;
}

static enum status journal_replay_identity(struct journal *j, const struct record *r)
{
    Sibyl__JournalIdentity *m = sibyl__journal_identity__unpack(NULL, r->bytes, r->payload);
    if (!m) return journal_damaged("an identity cannot be read");
    enum status st = journal_take_identity(j, m->job_digest);
    sibyl__journal_identity__free_unpacked(m, NULL);
    return st;
}

/* The search gave up: what has failed is to be done again. A failure in a round that is not whole
 * has not counted yet, and is forgotten; any other becomes a temporary one. */
static void journal_forgive(struct journal *j)
{
    const Sibyl__JournalProposal *last = j->rounds ? j->proposals[j->rounds - 1] : NULL;
    size_t first = last && !last->free ? j->tasks - last->n_tasks : j->tasks, kept = 0;
    bool whole = true;
    for (size_t i = first; i < j->tasks; i++) whole = whole && j->latest[i];
    for (size_t i = 0; i < j->measured; i++) {
        Sibyl__Measurement *m = j->measurements[i].of;
        if (m->failed && m->task >= first && !whole) {
            j->latest[m->task] = NULL;
            sibyl__measurement__free_unpacked(m, NULL);
        } else {
            m->temporary = m->failed;
            j->measurements[kept++] = j->measurements[i];
        }
    }
    j->measured = kept;
}

static enum status journal_replay_end(struct journal *j, const struct record *r)
{
    Sibyl__JournalEnd *m = sibyl__journal_end__unpack(NULL, r->bytes, r->payload);
    if (!m) return journal_damaged("its end cannot be read");
    j->ended = true;
    bool failures = strcmp(m->reason, JOURNAL_FAILURES) == 0;
    j->for_budget = failures || strcmp(m->reason, JOURNAL_BUDGET) == 0;
    snprintf(j->reason, sizeof(j->reason), "%s", m->reason);
    sibyl__journal_end__free_unpacked(m, NULL);
    /* What failed before the place is not here to be forgiven. */
    if (failures && j->late) return journal_damaged("it has to be read from its beginning");
    if (failures) journal_forgive(j);
    return SIBYL_OK;
}

static enum status journal_replay(void *context, const struct record *r)
{
    struct journal *j = context;
    if (r->type == RECORD_HEADER) return journal_replay_header(j, r);
    if (!j->headed) return journal_damaged("it does not begin with a header");
    if (r->type == RECORD_IDENTITY) return journal_replay_identity(j, r);
    bool goes_on = (r->type == RECORD_PROPOSAL && j->for_budget) ||
                   r->type == RECORD_MEASUREMENT; /* which is looked at below */
    if (j->ended && !goes_on) return journal_damaged("it goes on behind its end");
    j->ended = false;
    switch (r->type) {
    case RECORD_PROPOSAL:
        return journal_replay_proposal(j, r);
    case RECORD_MEASUREMENT:
        return journal_replay_measurement(j, r);
    case RECORD_ASKED:
        return journal_replay_asked(j, r);
    case RECORD_JOURNAL_END:
        return journal_replay_end(j, r);
    default:
        return journal_damaged("it has a record of an unknown type");
    }
}

static enum status journal_put(struct journal *j, enum record_type type, const ProtobufCMessage *m)
{
    unsigned char *data;
    size_t bytes;
    enum status st = codec_pack(m, "a record of the journal", &data, &bytes);
    if (st) return st;
    st = record_appender_put(&j->appender, type, data, bytes);
    free(data);
    return st;
}

static enum status journal_put_header(struct journal *j)
{
    Sibyl__JournalHeader h = SIBYL__JOURNAL_HEADER__INIT;
    char text[IDENTITY_TEXT_BYTES];
    identity_text(&j->identity.of, text);
    h.job_digest = text;
    h.seed = j->identity.seed;
    h.space = (char *)(uintptr_t)j->identity.space;
    h.job = (char *)(uintptr_t)j->identity.job;
    h.space_text = j->identity.space_text ? (char *)(uintptr_t)j->identity.space_text : (char *)"";
    h.goal = j->identity.minimise ? (char *)"min" : (char *)"max";
    return journal_put(j, RECORD_HEADER, &h.base);
}

/* The program is another, as it may be: from here on. */
static enum status journal_put_identity(struct journal *j)
{
    Sibyl__JournalIdentity m = SIBYL__JOURNAL_IDENTITY__INIT;
    char text[IDENTITY_TEXT_BYTES];
    identity_text(&j->identity.of, text);
    m.job_digest = text;
    return journal_put(j, RECORD_IDENTITY, &m.base);
}

static enum status journal_begin_at(struct journal *j, const struct journal_start *from)
{
    enum status st = journal_reserve(&j->proposals, &j->round_capacity, from->rounds);
    if (!st) st = journal_reserve(&j->latest, &j->task_capacity, from->tasks);
    if (st) return st;
    j->headed = j->late = true;
    j->resumed = from->rounds > 0;
    j->ended = from->ended;
    j->for_budget = from->for_budget;
    if (j->ended) /* a state tells no more than that */
        snprintf(j->reason, sizeof(j->reason), "%s", j->for_budget ? JOURNAL_BUDGET : "exhausted");
    j->rounds = from->rounds;
    j->tasks = from->tasks;
    snprintf(j->recorded, sizeof(j->recorded), "%s", from->recorded);
    return SIBYL_OK;
}

enum status journal_open(struct journal *j, const char *path,
                         const struct journal_identity *identity)
{
    return journal_open_at(j, path, identity, NULL);
}

enum status journal_open_at(struct journal *j, const char *path,
                            const struct journal_identity *identity,
                            const struct journal_start *from)
{
    *j = (struct journal){.identity = *identity};
    enum status st = from ? journal_begin_at(j, from) : SIBYL_OK;
    if (!st)
        st = record_appender_open_at(&j->appender, path, RECORDS_JOURNAL,
                                     from ? &from->place : NULL, journal_replay, j);
    if (!st && j->headed) {
        st = journal_check_identity(j, true);
        if (!st && !identity_is(&identity->of, j->recorded)) st = journal_put_identity(j);
    } else if (!st) {
        st = journal_put_header(j);
        j->headed = !st;
    }
    if (st) journal_close(j);
    return st;
}

enum status journal_put_proposal(struct journal *j, const Sibyl__JournalProposal *p)
{
    j->ended = false;
    return journal_put(j, RECORD_PROPOSAL, &p->base);
}

enum status journal_put_asked(struct journal *j, const uint64_t *tasks, size_t count)
{
    Sibyl__JournalAsked m = SIBYL__JOURNAL_ASKED__INIT;
    m.tasks = (uint64_t *)(uintptr_t)tasks; /* only read */
    m.n_tasks = count;
    return journal_put(j, RECORD_ASKED, &m.base);
}

enum status journal_put_measurement(struct journal *j, const unsigned char *data, size_t bytes)
{
    j->ended = false;
    return record_appender_put(&j->appender, RECORD_MEASUREMENT, data, bytes);
}

enum status journal_put_end(struct journal *j, const char *reason)
{
    Sibyl__JournalEnd end = SIBYL__JOURNAL_END__INIT;
    end.reason = (char *)(uintptr_t)reason;
    enum status st = journal_put(j, RECORD_JOURNAL_END, &end.base);
    if (!st) snprintf(j->reason, sizeof(j->reason), "%s", reason);
    if (!st) j->ended = true; /* for_budget is what it held when it was opened */
    return st;
}

void journal_close(struct journal *j)
{
    for (size_t i = 0; i < j->rounds; i++) {
        sibyl__journal_proposal__free_unpacked(j->proposals[i], NULL);
    }
    for (size_t i = 0; i < j->measured; i++) {
        if (j->measurements[i].of) sibyl__measurement__free_unpacked(j->measurements[i].of, NULL);
    }
    free(j->proposals);
    free(j->measurements);
    free(j->latest);
    free(j->asked);
    if (j->appender.path) record_appender_close(&j->appender);
    *j = (struct journal){0};
}

enum status journal_space_text(const char *folder, char **out)
{
    struct record_reader reader = {0};
    struct record r;
    char *path = file_join(folder, "run.journal");
    *out = NULL;
    if (!path) return err_memory("a path");
    bool there = access(path, R_OK) == 0;
    enum status st = there ? record_reader_open(&reader, path, RECORDS_JOURNAL) : SIBYL_OK;
    if (!st && there) st = record_reader_next(&reader, &r);
    if (!st && there && r.type == RECORD_HEADER) {
        Sibyl__JournalHeader *h =
            codec_unpack(&sibyl__journal_header__descriptor, r.payload, r.bytes);
        if (h && *h->space_text && !(*out = strdup(h->space_text))) st = err_memory("a space");
        if (h) sibyl__journal_header__free_unpacked(h, NULL);
    }
    record_reader_close(&reader);
    free(path);
    return st;
}
