#include "search/evaluators/known_results.h"

#include "base/csv.h"
#include "base/file.h"
#include "proto/files/records.h"
#include "proto/graph/canon.h"
#include "proto/graph/codec.h"
#include "search/evaluators/evaluator.h"
#include "search/spaces/space_pool.h"
#include "search/spaces/space_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct known_reading {
    struct known_results *known;
    const struct known_request *request;
    const char *path;
    struct space
        *other; /* of a journal: the space that it is of, where that is not the request's */
    size_t taken, foreign, without; /* rows: not of the space; without a value */
};

void known_results_release(struct known_results *k)
{
    free(k->list);
    hashset_release(&k->set);
    arena_release(&k->memory);
    *k = (struct known_results){0};
}

uint32_t known_results_find(const struct known_results *k, struct hash128 hash)
{
    return k ? hashset_find(&k->set, hash) : HASHSET_NONE;
}

/* `value` is the user's. The candidate is in the arena of the results. */
static enum status known_take(struct known_reading *r, const struct candidate *c, double value)
{
    struct known_results *k = r->known;
    bool added = false;
    enum status st = hashset_add(&k->set, c->hash, (uint32_t)k->count, &added);
    if (st || !added) return st;
    if (k->count == k->capacity) {
        size_t capacity = k->capacity ? 2 * k->capacity : 64;
        struct known_result *list = realloc(k->list, capacity * sizeof(*list));
        if (!list) return err_memory("known results");
        k->list = list;
        k->capacity = capacity;
    }
    k->list[k->count++] = (struct known_result){*c, r->request->minimise ? -value : value};
    uint64_t chain[5] = {k->content.high, k->content.low, c->hash.high, c->hash.low, 0};
    memcpy(&chain[4], &value, sizeof(value));
    k->content = digest_xxh128(chain, sizeof(chain));
    r->taken++;
    return SIBYL_OK;
}

static bool same_attributes(const struct space *a, const struct space *b)
{
    bool same = a->attributes == b->attributes;
    for (uint32_t i = 0; same && i < a->attributes; i++)
        same = !strcmp(a->attribute_names[i], b->attribute_names[i]) &&
               !memcmp(&a->attribute_absent[i], &b->attribute_absent[i], sizeof(float));
    return same;
}

/* The network that a text is of another space, with its operations matched by name. False: it is
 * none, or there is no such network here. */
static bool other_network(const struct space *s, const struct space *other, const char *text,
                          struct arena *arena, struct hash128 *out)
{
    struct graph g;
    uint16_t *genes = space_genes(other, arena);
    if (!genes || !same_attributes(s, other)) return false;
    if (other->parse(other, text, genes) || !other->valid(other, genes)) return false;
    if (other->graph(other, genes, &g, arena)) return false;
    uint16_t *ops = arena_alloc(arena, g.nodes * sizeof(*ops));
    for (uint32_t i = 0; i < g.nodes; i++) {
        int op = vocabulary_find(&s->vocabulary, other->vocabulary.names[g.ops[i]]);
        if (!ops || op < 0) return false;
        ops[i] = (uint16_t)op;
    }
    g.ops = ops;
    return !graph_canonical_hash(out, &g, &s->vocabulary);
}

/* Whether a text that is of both spaces is of one network. */
static bool is_same_network(const struct known_reading *r, const char *text, struct hash128 hash)
{
    struct arena arena;
    struct hash128 theirs;
    if (!r->other) return true;
    arena_init(&arena);
    bool same = other_network(r->request->space, r->other, text, &arena, &theirs) &&
                !hash128_compare(theirs, hash);
    arena_release(&arena);
    return same;
}

/* A row with the space's text of its network. `hash`: that the network has to have; NULL: any. */
static enum status known_take_text(struct known_reading *r, const char *text,
                                   const struct hash128 *hash, double value)
{
    const struct space *s = r->request->space;
    struct arena *memory = &r->known->memory;
    struct arena_mark mark = arena_mark(memory);
    struct candidate c;
    uint16_t *genes = space_genes(s, memory);
    if (!genes) return SIBYL_E_MEM;
    if (s->parse(s, text, genes) || !s->valid(s, genes) || candidate_make(&c, memory, s, genes) ||
        (hash && hash128_compare(*hash, c.hash) != 0) || !is_same_network(r, text, c.hash)) {
        r->foreign++;
        arena_rewind(memory, mark);
        return SIBYL_OK;
    }
    return known_take(r, &c, value);
}

/* ---- the journal of a search ---- */

struct known_journal {
    char **texts; /* (count) of tasks */
    size_t count, capacity;
};

static enum status journal_texts(struct known_journal *j, const struct record *record)
{
    Sibyl__JournalProposal *p =
        codec_unpack(&sibyl__journal_proposal__descriptor, record->payload, record->bytes);
    enum status st = p ? SIBYL_OK : err_set(SIBYL_E_FORMAT, "a proposal cannot be read");
    for (size_t i = 0; !st && i < p->n_architectures; i++) {
        if (j->count == j->capacity) {
            size_t capacity = j->capacity ? 2 * j->capacity : 64;
            char **texts = realloc(j->texts, capacity * sizeof(char *));
            if (!texts) st = err_memory("known results");
            if (texts) j->texts = texts;
            if (texts) j->capacity = capacity;
        }
        /* With less than the whole budget: values of their own kind, which are left out. */
        bool low = i < p->n_levels && p->levels[i] + 1 < p->levels_in_all;
        if (!st && !(j->texts[j->count] = strdup(low ? "" : p->architectures[i])))
            st = err_memory("known results");
        if (!st) j->count++;
    }
    if (p) sibyl__journal_proposal__free_unpacked(p, NULL);
    return st;
}

static enum status journal_value(struct known_reading *r, const struct known_journal *j,
                                 const struct record *record)
{
    Sibyl__Measurement *m =
        codec_unpack(&sibyl__measurement__descriptor, record->payload, record->bytes);
    enum status st = SIBYL_OK;
    if (!m || m->task >= j->count)
        st = err_set(SIBYL_E_FORMAT, "a measurement cannot be read, or is of no task");
    else if (m->failed || m->early || !isfinite(m->value) || !*j->texts[m->task])
        r->without++;
    else
        st = known_take_text(r, j->texts[m->task], NULL, m->value);
    if (m) sibyl__measurement__free_unpacked(m, NULL);
    return st;
}

/* Texts mean what they mean in the space of the journal. Those of pools are ids, which name a
 * network in any space that has them. */
static enum status journal_space(struct known_reading *r, const Sibyl__JournalHeader *h)
{
    const struct space *s = r->request->space;
    const char *source = s->source ? s->source : "";
    if (!strcmp(h->space_text, source) && !strcmp(h->space, s->name)) return SIBYL_OK;
    if (!strcmp(h->space, SPACE_POOL_NAME) || !strcmp(s->name, SPACE_POOL_NAME)) return SIBYL_OK;
    if (!*h->space_text) return space_new(h->space, &r->other);
    return space_from_text("its space", h->space_text, strlen(h->space_text), &r->other);
}

/* A lowest value there is no highest one here. */
static enum status journal_header(struct known_reading *r, const struct record *record)
{
    Sibyl__JournalHeader *h =
        codec_unpack(&sibyl__journal_header__descriptor, record->payload, record->bytes);
    if (!h) return err_set(SIBYL_E_FORMAT, "its header cannot be read");
    const char *goal = r->request->minimise ? "min" : "max";
    enum status st =
        *h->goal && strcmp(h->goal, goal) != 0
            ? err_set(SIBYL_E_USAGE, "there the %s value is the best, in this job it is not",
                      strcmp(h->goal, "min") ? "highest" : "lowest")
            : journal_space(r, h);
    sibyl__journal_header__free_unpacked(h, NULL);
    return st;
}

static enum status journal_record(struct known_reading *r, struct known_journal *j,
                                  const struct record *record)
{
    if (record->type == RECORD_HEADER) return journal_header(r, record);
    if (record->type == RECORD_PROPOSAL) return journal_texts(j, record);
    return record->type == RECORD_MEASUREMENT ? journal_value(r, j, record) : SIBYL_OK;
}

static enum status known_journal(struct known_reading *r)
{
    struct known_journal j = {0};
    struct record_reader reader = {0};
    struct record record = {.type = RECORD_HEADER};
    char *path = file_join(r->path, "run.journal");
    enum status st = path ? record_reader_open(&reader, path, RECORDS_JOURNAL) : SIBYL_E_MEM;
    if (st) {
        st = err_prefix(SIBYL_E_USAGE, "%s is no folder of a search", r->path);
        goto done;
    }
    for (;;) {
        if (record_reader_next(&reader, &record)) {
            /* An unfinished record, as a kill leaves it; all before it is sound. */
            log_warn(r->request->log, "what follows is left out: %s", err_message());
            break;
        }
        if (record.type == RECORD_END) break;
        st = journal_record(r, &j, &record);
        if (st) {
            st = err_prefix(st, "%s", path);
            break;
        }
    }
done:
    record_reader_close(&reader);
    space_free(r->other);
    r->other = NULL;
    for (size_t i = 0; i < j.count; i++) free(j.texts[i]);
    free(j.texts);
    free(path);
    return st;
}

/* ---- a dataset ---- */

/* As a table of the space is read: the mean over isomorphic rows, operations by name. */
static enum status known_dataset(struct known_reading *r)
{
    const struct space *s = r->request->space;
    struct arena *memory = &r->known->memory;
    struct evaluator e = {0};
    struct space_part part = {0};
    size_t networks = 0;
    struct evaluator_table_options o = {r->path, r->request->value, false, &part, &networks};
    enum status st = evaluator_table(&e, s, &o);
    for (size_t i = 0; !st && i < part.count; i++) {
        const struct evaluation_task task = {0};
        struct evaluation v;
        struct candidate c;
        uint16_t *genes = space_genes(s, memory);
        if (!genes) st = SIBYL_E_MEM;
        if (genes) memcpy(genes, part.genes + i * s->genes, s->genes * sizeof(*genes));
        if (!st) st = candidate_make(&c, memory, s, genes);
        if (!st) st = e.evaluate(&e, s, &c, &task, &v);
        if (!st) st = known_take(r, &c, v.value);
    }
    r->foreign = st ? 0 : networks - part.count;
    if (e.release) evaluator_release(&e);
    space_part_release(&part);
    return st;
}

/* ---- CSV ---- */

struct known_columns {
    int architecture, hash, value, status; /* -1: none */
    bool own_hash;         /* `hash` is that of the networks, as in a search's history.csv */
    struct hashset points; /* canonical hash -> index of a point of the space */
};

static enum status csv_columns(struct known_columns *k, const struct csv *c,
                               const struct known_request *q)
{
    static const char *const names[] = {"architecture", "arch", "arch_str", "cell"};
    char list[512];
    k->architecture = -1;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && k->architecture < 0; i++)
        k->architecture = csv_find(c, names[i]);
    k->hash = csv_find(c, "hash");
    k->status = csv_find(c, "status");
    k->own_hash = k->hash >= 0 && csv_find(c, "task") >= 0 && csv_find(c, "origin") >= 0 &&
                  !space_pool_content(q->space);
    k->value = csv_find(c, q->value);
    if (k->value < 0) k->value = csv_find(c, "value");
    csv_list(c, list, sizeof(list));
    if (k->value < 0)
        return err_set(SIBYL_E_FORMAT, "%s:1: no column %s (or value); there are: %s", c->path,
                       q->value, list);
    if (k->architecture < 0 && k->hash < 0)
        return err_set(SIBYL_E_FORMAT, "%s:1: no column architecture or hash; there are: %s",
                       c->path, list);
    const struct space *s = q->space;
    if (k->architecture < 0 && s->strings > SPACE_PART_ENUMERATE_MAX && !space_pool_content(s))
        return err_set(SIBYL_E_FORMAT,
                       "%s:1: hashes alone do not tell which points of so large a space as %s they "
                       "are; want a column architecture; there are: %s",
                       c->path, s->name, list);
    return SIBYL_OK;
}

/* By the hash of each point's network its index. */
static enum status csv_points(struct known_columns *k, const struct space *s)
{
    struct arena arena;
    enum status st = SIBYL_OK;
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    if (!genes) st = SIBYL_E_MEM;
    for (uint64_t i = 0; !st && i < s->strings; i++) {
        struct hash128 hash;
        s->at(s, i, genes);
        if (!s->valid(s, genes)) continue;
        st = space_hash(s, genes, &hash);
        if (!st) st = hashset_add(&k->points, hash, (uint32_t)i, NULL);
    }
    arena_release(&arena);
    return st;
}

static bool hash_parse(const char *text, struct hash128 *out)
{
    char half[17] = "";
    if (strlen(text) != HASH128_TEXT_BYTES - 1 || strspn(text, "0123456789abcdefABCDEF") != 32)
        return false;
    memcpy(half, text, 16);
    out->high = strtoull(half, NULL, 16);
    out->low = strtoull(text + 16, NULL, 16);
    return true;
}

static enum status csv_take_hash(struct known_reading *r, const struct known_columns *k,
                                 const struct csv *c, double value)
{
    const struct space *s = r->request->space;
    struct hash128 hash;
    struct candidate made;
    if (!hash_parse(c->fields[k->hash], &hash))
        return err_set(SIBYL_E_FORMAT, "%s:%zu: column hash: \"%.60s\" is not 32 hex digits",
                       c->path, c->line_number, c->fields[k->hash]);
    uint32_t index = hashset_find(&k->points, hash);
    if (index == HASHSET_NONE) {
        r->foreign++;
        return SIBYL_OK;
    }
    uint16_t *genes = space_genes(s, &r->known->memory);
    if (!genes) return SIBYL_E_MEM;
    s->at(s, index, genes);
    enum status st = candidate_make(&made, &r->known->memory, s, genes);
    return st ? st : known_take(r, &made, value);
}

static enum status csv_row(struct known_reading *r, const struct known_columns *k,
                           const struct csv *c)
{
    const char *field = c->fields[k->value];
    double value;
    bool failed = k->status >= 0 && strcmp(c->fields[k->status], "ok") != 0;
    if (failed || space_table_is_hole(field)) {
        r->without++;
        return SIBYL_OK;
    }
    if (!csv_number(field, &value))
        return err_set(SIBYL_E_FORMAT, "%s:%zu: column %s: \"%.60s\" is no finite number", c->path,
                       c->line_number, c->names[k->value], field);
    if (k->architecture < 0) return csv_take_hash(r, k, c, value);
    struct hash128 hash;
    bool told = k->own_hash && hash_parse(c->fields[k->hash], &hash);
    return known_take_text(r, c->fields[k->architecture], told ? &hash : NULL, value);
}

static enum status known_csv(struct known_reading *r)
{
    struct known_columns k = {0};
    struct csv c = {0};
    bool more = true;
    enum status st = csv_open(&c, r->path);
    if (!st) st = csv_columns(&k, &c, r->request);
    if (!st && k.architecture < 0) st = csv_points(&k, r->request->space);
    while (!st && more) {
        st = csv_next(&c, &more);
        if (!st && more) st = csv_row(r, &k, &c);
    }
    hashset_release(&k.points);
    csv_close(&c);
    return st;
}

/* ---- any ---- */

enum status known_results_add(struct known_results *k, const char *path,
                              const struct known_request *q)
{
    struct known_reading r = {.known = k, .request = q, .path = path};
    struct stat info;
    bool records = false;
    enum status st = SIBYL_OK;
    if (!k->list && !k->count) arena_init(&k->memory);
    if (stat(path, &info))
        return err_set(SIBYL_E_IO, "%s is not there, or cannot be looked at", path);
    if (S_ISDIR(info.st_mode)) {
        st = known_journal(&r);
    } else {
        if (S_ISREG(info.st_mode)) st = record_file_is(path, &records);
        if (!st) st = records ? known_dataset(&r) : known_csv(&r);
    }
    if (st) return st;
    log_root(q->log, "%zu results are known from %s%s", r.taken, path,
             r.taken ? "" : ": they are of other networks, or known already");
    if (r.foreign)
        log_warn(q->log, "%s: %zu networks are not of the space %s, and were left out", path,
                 r.foreign, q->space->name);
    if (r.without) log_root(q->log, "%s: %zu have no value, and were left out", path, r.without);
    return SIBYL_OK;
}
