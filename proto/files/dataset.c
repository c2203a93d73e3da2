#include "proto/files/dataset.h"

#include "base/names.h"
#include "base/text.h"
#include "proto/graph/codec.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 1024
#define BLOCK_BYTES (1u << 20) /* a block ends early when its graphs are this large */
#define NAME_BYTES_MAX 255

/* ---- making one ---- */

static enum status copy_labels(struct dataset *d, const char *const *labels, uint32_t count)
{
    if (count > DATASET_LABELS_MAX)
        return err_set(SIBYL_E_FORMAT, "%" PRIu32 " labels are more than the limit of %d", count,
                       DATASET_LABELS_MAX);
    d->label_names = arena_calloc(&d->arena, count ? count : 1, sizeof(char *));
    if (!d->label_names) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(labels[i]);
        if (!length || length > NAME_BYTES_MAX)
            return err_set(SIBYL_E_FORMAT,
                           "the name of label %" PRIu32 " has %zu bytes; want 1..%d", i + 1, length,
                           NAME_BYTES_MAX);
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(labels[k], labels[i]))
                return err_set(SIBYL_E_FORMAT, "two labels are named %s", labels[i]);
        d->label_names[i] = arena_strdup(&d->arena, labels[i]);
        if (!d->label_names[i]) return SIBYL_E_MEM;
    }
    d->label_count = count;
    return SIBYL_OK;
}

enum status dataset_begin(struct dataset *d, const char *space, const char *const *operations,
                          uint32_t operation_count, const char *const *labels, uint32_t label_count)
{
    *d = (struct dataset){0};
    arena_init(&d->arena);
    d->space = arena_strdup(&d->arena, space);
    enum status st = d->space ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) st = vocabulary_init(&d->vocabulary, &d->arena, operations, operation_count);
    if (!st) st = copy_labels(d, labels, label_count);
    if (st) dataset_release(d);
    return st;
}

/* Room for one more row; old tables stay in the arena, less than the present one in all. */
static enum status grow(struct dataset *d)
{
    if (d->count < d->capacity) return SIBYL_OK;
    size_t capacity = d->capacity ? d->capacity * 2 : 256;
    struct dataset_row *rows = arena_calloc(&d->arena, capacity, sizeof(*rows));
    if (!rows) return SIBYL_E_MEM;
    if (d->count) memcpy(rows, d->rows, d->count * sizeof(*rows));
    d->rows = rows;
    d->capacity = capacity;
    return SIBYL_OK;
}

/* Text and labels of a row whose graph is in the arena already. */
static enum status add_row(struct dataset *d, const struct graph *g, const char *text,
                           const double *labels)
{
    struct dataset_row row = {.graph = *g};
    if (g->attributes != d->attributes)
        return err_set(SIBYL_E_FORMAT,
                       "nodes with %" PRIu32 " attributes, but those of the dataset have %" PRIu32,
                       g->attributes, d->attributes);
    for (uint32_t i = 0; i < d->label_count; i++)
        if (isinf(labels[i]))
            return err_set(SIBYL_E_RANGE, "label %s is infinite", d->label_names[i]);
    enum status st = grow(d);
    if (st) return st;
    row.text = *text ? arena_strdup(&d->arena, text) : "";
    row.id = "";
    double *copy = arena_calloc(&d->arena, d->label_count ? d->label_count : 1, sizeof(double));
    if (!row.text || !copy) return SIBYL_E_MEM;
    if (d->label_count) memcpy(copy, labels, d->label_count * sizeof(double));
    row.labels = copy;
    d->rows[d->count++] = row;
    return SIBYL_OK;
}

enum status dataset_add(struct dataset *d, const struct graph *g, const char *text,
                        const double *labels)
{
    struct graph copy;
    for (uint32_t i = 0; i < g->nodes; i++)
        if (g->ops[i] >= d->vocabulary.count)
            return err_set(SIBYL_E_FORMAT,
                           "node %" PRIu32 " has operation %u of a vocabulary of %" PRIu32, i,
                           (unsigned)g->ops[i], d->vocabulary.count);
    if (!d->count) d->attributes = g->attributes;
    enum status st = graph_copy(&copy, &d->arena, g);
    return st ? st : add_row(d, &copy, text, labels);
}

enum status dataset_set_id(struct dataset *d, const char *id)
{
    SIBYL_BUG_IF(!d->count);
    char shown[100];
    if (!text_is_utf8(id))
        return err_set(SIBYL_E_FORMAT, "the id \"%s\" is no text in UTF-8: convert the file",
                       text_printable(shown, sizeof(shown), id));
    const char *copy = *id ? arena_strdup(&d->arena, id) : "";
    if (!copy) return SIBYL_E_MEM;
    d->rows[d->count - 1].id = copy;
    return SIBYL_OK;
}

void dataset_release(struct dataset *d)
{
    arena_release(&d->arena);
    *d = (struct dataset){0};
}

const char *dataset_row_name(const struct dataset_row *row)
{
    return *row->text ? row->text : row->id;
}

enum status dataset_find_label(const struct dataset *d, const char *name, uint32_t *out)
{
    for (uint32_t i = 0; i < d->label_count; i++)
        if (!strcmp(d->label_names[i], name)) {
            *out = i;
            return SIBYL_OK;
        }
    char list[512];
    names_list(list, sizeof(list), (const char *const *)d->label_names, d->label_count);
    return err_set(SIBYL_E_USAGE, "there is no label %s; there are: %s", name, list);
}

/* ---- reading ---- */

static enum status read_header(struct dataset *out, const char *path, const struct record *r,
                               uint64_t *out_count)
{
    if (r->type != RECORD_HEADER)
        return err_set(SIBYL_E_FORMAT, "%s: the first record is not a header", path);
    Sibyl__DatasetHeader *h =
        codec_unpack(&sibyl__dataset_header__descriptor, r->payload, r->bytes);
    if (!h) return err_set(SIBYL_E_FORMAT, "%s: the header cannot be decoded", path);
    enum status st = SIBYL_OK;
    if (h->n_vocabulary > VOCABULARY_MAX || h->n_labels > DATASET_LABELS_MAX)
        st = err_set(SIBYL_E_FORMAT,
                     "%s: %zu operations and %zu labels are more than the limits of %d and %d",
                     path, h->n_vocabulary, h->n_labels, VOCABULARY_MAX, DATASET_LABELS_MAX);
    else if (h->attributes > GRAPH_ATTRIBUTES_MAX)
        st = err_set(SIBYL_E_FORMAT, "%s: %" PRIu32 " attributes of a node: want at most %d", path,
                     h->attributes, GRAPH_ATTRIBUTES_MAX);
    else if ((st = dataset_begin(out, h->space, (const char *const *)h->vocabulary,
                                 (uint32_t)h->n_vocabulary, (const char *const *)h->labels,
                                 (uint32_t)h->n_labels)))
        err_prefix(st, "%s: header", path);
    else
        out->attributes = h->attributes;
    *out_count = h->architectures;
    sibyl__dataset_header__free_unpacked(h, NULL);
    return st;
}

static enum status read_row(struct dataset *d, const Sibyl__ArchitectureMessage *m)
{
    struct graph g;
    if (!m->graph) return err_set(SIBYL_E_FORMAT, "there is no graph");
    if (m->n_labels != d->label_count)
        return err_set(SIBYL_E_FORMAT, "%zu labels, but the header names %" PRIu32, m->n_labels,
                       d->label_count);
    enum status st = codec_graph_from_message(&g, &d->arena, m->graph, d->vocabulary.count);
    if (!st) st = add_row(d, &g, m->text, m->labels);
    return st ? st : dataset_set_id(d, m->id);
}

/* Adds the rows of a block, of which there may be `most`; messages number its rows from `first` on.
 */
static enum status read_block(struct dataset *d, const char *path, const struct record *r,
                              uint64_t first, uint64_t most)
{
    if (r->type != RECORD_BLOCK)
        return err_set(SIBYL_E_FORMAT,
                       "%s: a record of type %" PRIu32 " where architectures are due", path,
                       r->type);
    Sibyl__ArchitectureBlock *b =
        codec_unpack(&sibyl__architecture_block__descriptor, r->payload, r->bytes);
    if (!b)
        return err_set(SIBYL_E_FORMAT, "%s: the block of row %" PRIu64 " cannot be decoded", path,
                       first);
    enum status st = SIBYL_OK;
    if (b->n_architectures > most)
        st = err_set(SIBYL_E_FORMAT, "%s: more rows than the %" PRIu64 " that the header tells of",
                     path, first + most);
    for (size_t i = 0; !st && i < b->n_architectures; i++)
        if ((st = read_row(d, b->architectures[i])))
            err_prefix(st, "%s: row %" PRIu64, path, first + i);
    sibyl__architecture_block__free_unpacked(b, NULL);
    return st;
}

/* ---- what is in a file ---- */

static struct hash128 content_of_header(const struct record *header)
{
    return digest_xxh128(header->payload, header->bytes);
}

static void content_add_block(struct hash128 *content, uint64_t checksum)
{
    uint64_t chain[3] = {content->high, content->low, checksum};
    *content = digest_xxh128(chain, sizeof(chain));
}

/* ---- reading it whole ---- */

enum status dataset_read(struct dataset *out, const char *path)
{
    struct record_reader reader = {0};
    struct dataset made = {0};
    struct record record;
    uint64_t count = 0;
    *out = (struct dataset){0};
    enum status st = record_reader_open(&reader, path, RECORDS_DATASET);
    if (!st) st = record_reader_next(&reader, &record);
    if (!st) st = read_header(&made, path, &record, &count);
    if (!st) made.content = content_of_header(&record);
    while (!st) {
        st = record_reader_next(&reader, &record);
        if (st || record.type == RECORD_END) break;
        content_add_block(&made.content, record.checksum);
        st = read_block(&made, path, &record, made.count, count - made.count);
    }
    if (!st && made.count != count)
        st = err_set(SIBYL_E_FORMAT, "%s: the header tells of %" PRIu64 " rows, but there are %zu",
                     path, count, made.count);
    record_reader_close(&reader);
    if (st)
        dataset_release(&made);
    else
        *out = made;
    return st;
}

/* ---- reading block by block ---- */

enum status dataset_reader_open(struct dataset_reader *r, const char *path)
{
    struct record record;
    *r = (struct dataset_reader){0};
    enum status st = record_reader_open(&r->records, path, RECORDS_DATASET);
    if (!st) st = record_reader_next(&r->records, &record);
    if (!st) st = read_header(&r->head, path, &record, &r->count);
    if (!st) r->content = content_of_header(&record);
    if (st) dataset_reader_close(r);
    return st;
}

void dataset_reader_close(struct dataset_reader *r)
{
    record_reader_close(&r->records);
    dataset_release(&r->head);
    free(r->blocks);
    *r = (struct dataset_reader){0};
}

enum status dataset_reader_index(struct dataset_reader *r)
{
    size_t capacity = 0;
    for (;;) {
        struct record_mark mark;
        uint64_t offset = r->records.offset;
        enum status st = record_reader_skip(&r->records, &mark);
        if (st || mark.type == RECORD_END) return st;
        if (mark.type != RECORD_BLOCK)
            return err_set(SIBYL_E_FORMAT,
                           "%s: a record of type %" PRIu32 " where architectures are due",
                           r->records.path, mark.type);
        content_add_block(&r->content, mark.checksum);
        if (r->block_count == capacity) {
            capacity = capacity ? 2 * capacity : 1024;
            uint64_t *blocks = realloc(r->blocks, capacity * sizeof(*blocks));
            if (!blocks) return err_memory(r->records.path);
            r->blocks = blocks;
        }
        r->blocks[r->block_count++] = offset;
    }
}

void dataset_reader_clear(const struct dataset_reader *r, struct dataset *rows)
{
    struct arena arena = rows->arena; /* none yet where it is zeroed, as arena_init() leaves it */
    arena_reset(&arena);
    *rows = r->head;
    rows->arena = arena;
}

enum status dataset_reader_block(struct dataset_reader *r, size_t block, struct dataset *rows)
{
    struct record record;
    SIBYL_BUG_IF(block >= r->block_count);
    record_reader_seek(&r->records, block + 1, r->blocks[block]);
    enum status st = record_reader_next(&r->records, &record);
    if (!st) st = read_block(rows, r->records.path, &record, 0, r->count);
    return st ? err_prefix(st, "in block %zu (from 0)", block) : SIBYL_OK;
}

/* ---- writing ---- */

static enum status write_header(struct record_writer *w, const struct dataset *d, uint64_t count)
{
    Sibyl__DatasetHeader h = SIBYL__DATASET_HEADER__INIT;
    h.space = d->space;
    h.n_vocabulary = d->vocabulary.count;
    h.vocabulary = d->vocabulary.names;
    h.n_labels = d->label_count;
    h.labels = d->label_names;
    h.architectures = count;
    h.attributes = d->attributes;
    unsigned char *packed;
    size_t bytes;
    enum status st = codec_pack(&h.base, "the header", &packed, &bytes);
    if (st) return st;
    st = record_writer_put(w, RECORD_HEADER, packed, bytes);
    free(packed);
    return st;
}

static enum status fill(Sibyl__ArchitectureMessage *m, struct arena *scratch,
                        const struct dataset *d, const struct dataset_row *row)
{
    sibyl__architecture_message__init(m);
    m->graph = arena_alloc(scratch, sizeof(*m->graph));
    if (!m->graph) return SIBYL_E_MEM;
    sibyl__graph_message__init(m->graph);
    m->text = (char *)row->text;
    m->id = (char *)row->id;
    m->n_labels = d->label_count;
    m->labels = (double *)row->labels;
    return codec_graph_to_message(m->graph, scratch, &row->graph);
}

/* Rows from *at on, up to a block's limits; moves *at on. */
static enum status write_block(struct record_writer *w, struct arena *scratch,
                               const struct dataset *d, size_t *at)
{
    Sibyl__ArchitectureBlock b = SIBYL__ARCHITECTURE_BLOCK__INIT;
    enum status st = SIBYL_OK;
    arena_reset(scratch);
    Sibyl__ArchitectureMessage *m = arena_alloc(scratch, BLOCK_ROWS * sizeof(*m));
    b.architectures = arena_alloc(scratch, BLOCK_ROWS * sizeof(Sibyl__ArchitectureMessage *));
    if (!m || !b.architectures) return SIBYL_E_MEM;
    for (size_t bytes = 0; *at < d->count && b.n_architectures < BLOCK_ROWS && bytes < BLOCK_BYTES;
         (*at)++) {
        Sibyl__ArchitectureMessage *next = &m[b.n_architectures];
        if ((st = fill(next, scratch, d, &d->rows[*at]))) return st;
        bytes += sibyl__architecture_message__get_packed_size(next);
        b.architectures[b.n_architectures++] = next;
    }
    size_t bytes = sibyl__architecture_block__get_packed_size(&b);
    unsigned char *packed = arena_alloc(scratch, bytes ? bytes : 1);
    if (!packed) return SIBYL_E_MEM;
    sibyl__architecture_block__pack(&b, packed);
    return record_writer_put(w, RECORD_BLOCK, packed, bytes);
}

enum status dataset_writer_open(struct dataset_writer *w, const char *path,
                                const struct dataset *head, uint64_t count)
{
    *w = (struct dataset_writer){0};
    arena_init(&w->scratch);
    enum status st = record_writer_open(&w->records, path, RECORDS_DATASET);
    if (!st) st = write_header(&w->records, head, count);
    if (st) dataset_writer_abandon(w);
    return st;
}

enum status dataset_writer_add(struct dataset_writer *w, const struct dataset *rows)
{
    enum status st = SIBYL_OK;
    for (size_t at = 0; !st && at < rows->count;)
        st = write_block(&w->records, &w->scratch, rows, &at);
    return st;
}

enum status dataset_writer_close(struct dataset_writer *w)
{
    enum status st = record_writer_close(&w->records);
    dataset_writer_abandon(w);
    return st;
}

void dataset_writer_abandon(struct dataset_writer *w)
{
    record_writer_abandon(&w->records);
    arena_release(&w->scratch);
}

enum status dataset_write(const struct dataset *d, const char *path)
{
    struct dataset_writer w;
    enum status st = dataset_writer_open(&w, path, d, d->count);
    if (!st) st = dataset_writer_add(&w, d);
    if (!st) return dataset_writer_close(&w);
    dataset_writer_abandon(&w);
    return st;
}
