#include "search/engine/journal.h"
#include "proto/graph/codec.h"

#include <stdlib.h>
#include <string.h>

static enum status journal_damaged(const char *what)
{
    return err_set(SIBYL_E_FORMAT,
                   "the journal of the search is damaged: %s; move the file away to start again",
                   what);
}

/* Another job's, or of this job with another file? */
static enum status journal_check_identity(const struct journal *j, const Sibyl__JournalHeader *h)
{
    const struct journal_identity *own = &j->identity;
    bool same_search = h->seed == own->seed && strcmp(h->space, own->space) == 0;
    if (same_search && identity_is(&own->of, h->job_digest)) return SIBYL_OK;
    const struct identity_file *changed =
        same_search ? identity_changed_file(&own->of, h->job_digest) : NULL;
    if (changed)
        return err_set(SIBYL_E_USAGE,
                       "the %s %s is not the one that this run began with (its run.journal tells): "
                       "put that one back, or give the run a folder of its own",
                       changed->what, changed->path);
    return err_set(SIBYL_E_USAGE,
                   "the folder holds the search of another job (its run.journal has another "
                   "digest): give this job a folder of its own, or take the change back");
}

static enum status journal_replay_header(struct journal *j, const struct record *r)
{
    if (j->headed) return journal_damaged("it has two headers");
    Sibyl__JournalHeader *h =
        codec_unpack(&sibyl__journal_header__descriptor, r->payload, r->bytes);
    if (!h) return journal_damaged("its header cannot be read");
    enum status st = journal_check_identity(j, h);
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
    if (p->n_tasks == 0 || p->n_tasks != p->n_architectures ||
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
    if (!st) st = journal_reserve(&j->measurements, &j->task_capacity, j->tasks + p->n_tasks);
    if (st) {
        sibyl__journal_proposal__free_unpacked(p, NULL);
        return st;
    }
    j->proposals[j->rounds++] = p;
    j->tasks += p->n_tasks;
    j->resumed = true;
    return SIBYL_OK;
}

static enum status journal_replay_measurement(struct journal *j, const struct record *r)
{
    Sibyl__Measurement *m = codec_unpack(&sibyl__measurement__descriptor, r->payload, r->bytes);
    if (!m) return journal_damaged("a measurement cannot be read");
    if (m->task >= j->tasks || j->measurements[m->task]) {
        sibyl__measurement__free_unpacked(m, NULL);
        return journal_damaged("a measurement is of no proposed task, or there twice");
    }
    j->measurements[m->task] = m;
    return SIBYL_OK;
}

static enum status journal_replay(void *context, const struct record *r)
{
    struct journal *j = context;
    if (r->type == RECORD_HEADER) return journal_replay_header(j, r);
    if (!j->headed) return journal_damaged("it does not begin with a header");
    if (j->ended) return journal_damaged("it goes on behind its end");
    switch (r->type) {
    case RECORD_PROPOSAL:
        return journal_replay_proposal(j, r);
    case RECORD_MEASUREMENT:
        return journal_replay_measurement(j, r);
    case RECORD_JOURNAL_END:
        j->ended = true;
        return SIBYL_OK;
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
    h.goal = j->identity.minimise ? (char *)"min" : (char *)"max";
    return journal_put(j, RECORD_HEADER, &h.base);
}

enum status journal_open(struct journal *j, const char *path,
                         const struct journal_identity *identity)
{
    *j = (struct journal){.identity = *identity};
    enum status st = record_appender_open(&j->appender, path, RECORDS_JOURNAL, journal_replay, j);
    if (!st && !j->headed) {
        st = journal_put_header(j);
        j->headed = !st;
    }
    if (st) journal_close(j);
    return st;
}

enum status journal_put_proposal(struct journal *j, const Sibyl__JournalProposal *p)
{
    return journal_put(j, RECORD_PROPOSAL, &p->base);
}

enum status journal_put_measurement(struct journal *j, const unsigned char *data, size_t bytes)
{
    return record_appender_put(&j->appender, RECORD_MEASUREMENT, data, bytes);
}

enum status journal_put_end(struct journal *j, const char *reason)
{
    Sibyl__JournalEnd end = SIBYL__JOURNAL_END__INIT;
    end.reason = (char *)(uintptr_t)reason;
    enum status st = journal_put(j, RECORD_JOURNAL_END, &end.base);
    if (!st) j->ended = true;
    return st;
}

void journal_close(struct journal *j)
{
    for (size_t i = 0; i < j->rounds; i++) {
        sibyl__journal_proposal__free_unpacked(j->proposals[i], NULL);
    }
    for (size_t i = 0; i < j->tasks; i++) {
        if (j->measurements[i]) sibyl__measurement__free_unpacked(j->measurements[i], NULL);
    }
    free(j->proposals);
    free(j->measurements);
    if (j->appender.path) record_appender_close(&j->appender);
    *j = (struct journal){0};
}
