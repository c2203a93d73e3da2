#include "predictor/training/checkpoint.h"

#include "proto/files/byte_order.h"
#include "proto/files/checkpoint_file.h"
#include "proto/graph/codec.h"

#include <stdlib.h>
#include <string.h>

static enum status floats_write(struct record_writer *w, const float *x, size_t count)
{
    void *owned;
    const void *bytes = byte_order_to_file(x, count, sizeof(*x), &owned);
    enum status st = bytes ? record_writer_put(w, RECORD_TENSOR, bytes, count * sizeof(*x))
                           : err_memory("a checkpoint");
    free(owned);
    return st;
}

/* Raw float32 records: all members' weights, then the optimiser's four buffers. */
enum status checkpoint_write(const char *path, const struct identity *own,
                             const struct predictor *p, const struct optimizer *a,
                             const struct checkpoint_position *at)
{
    struct record_writer w = {0};
    Sibyl__TrainerState s = SIBYL__TRAINER_STATE__INIT;
    s.step = a->step;
    s.epoch = at->epoch;
    s.member = at->member;
    char identity[IDENTITY_TEXT_BYTES];
    identity_text(own, identity);
    s.job_digest = identity;
    s.loss = at->loss;
    s.row = at->row;
    s.loss_sum = at->loss_sum;
    unsigned char *packed = NULL;
    size_t bytes;
    enum status st = codec_pack(&s.base, "a checkpoint", &packed, &bytes);
    if (!st) st = checkpoint_file_begin(&w, path);
    if (!st) st = record_writer_put(&w, RECORD_STATE, packed, bytes);
    if (!st) st = floats_write(&w, p->weights, p->parameters * p->options.members);
    if (!st) st = floats_write(&w, a->all, a->parameters * OPTIMIZER_BUFFERS);
    if (!st) st = record_writer_close(&w);
    record_writer_abandon(&w);
    free(packed);
    return st;
}

static enum status other_identity(const char *path, const struct identity *own, const char *text)
{
    const struct identity_file *changed = identity_changed_file(own, text);
    if (changed)
        return err_set(SIBYL_E_USAGE,
                       "the %s %s is not the one that this run began with (%s tells): put that one "
                       "back, or choose another --out",
                       changed->what, changed->path, path);
    return err_set(SIBYL_E_USAGE, "%s belongs to another job; choose another --out, or remove it",
                   path);
}

static enum status state_read(struct record_reader *r, const char *path, const struct identity *own,
                              struct optimizer *a, struct checkpoint_position *at)
{
    struct record record;
    enum status st = record_reader_next(r, &record);
    if (st) return st;
    Sibyl__TrainerState *s =
        record.type == RECORD_STATE
            ? codec_unpack(&sibyl__trainer_state__descriptor, record.payload, record.bytes)
            : NULL;
    if (!s)
        return err_set(SIBYL_E_FORMAT,
                       "%s: no training state in it; remove it to train from the start", path);
    if (!identity_is(own, s->job_digest)) {
        st = other_identity(path, own, s->job_digest);
    } else {
        a->step = s->step;
        at->epoch = s->epoch;
        at->member = s->member;
        at->loss = s->loss;
        at->row = s->row;
        at->loss_sum = s->loss_sum;
    }
    sibyl__trainer_state__free_unpacked(s, NULL);
    return st;
}

static enum status floats_read(struct record_reader *r, const char *path, float *out, size_t count)
{
    struct record record;
    enum status st = record_reader_next(r, &record);
    if (st) return st;
    if (record.type != RECORD_TENSOR || record.bytes != count * sizeof(float))
        return err_set(SIBYL_E_FORMAT,
                       "%s: its weights are not this model's; remove it to train from the start",
                       path);
    byte_order_from_file(out, record.payload, count, sizeof(*out));
    return SIBYL_OK;
}

struct reading {
    const struct identity *own;
    struct predictor *predictor;
    struct optimizer *optimizer;
    struct checkpoint_position *at;
};

static enum status read_file(void *context, const char *path)
{
    const struct reading *k = context;
    struct predictor *p = k->predictor;
    struct optimizer *a = k->optimizer;
    struct record_reader r = {0};
    enum status st = record_reader_open(&r, path, RECORDS_CHECKPOINT);
    if (!st) st = state_read(&r, path, k->own, a, k->at);
    if (!st) st = floats_read(&r, path, p->weights, p->parameters * p->options.members);
    if (!st) st = floats_read(&r, path, a->all, a->parameters * OPTIMIZER_BUFFERS);
    if (!st && k->at->member >= p->options.members)
        st =
            err_set(SIBYL_E_FORMAT,
                    "%s: its position is not in this job; remove it to train from the start", path);
    record_reader_close(&r);
    return st;
}

enum status checkpoint_read(const char *path, const struct identity *own, const struct log *log,
                            struct predictor *p, struct optimizer *a,
                            struct checkpoint_position *at, bool *out_found)
{
    struct reading k = {own, p, a, at};
    return checkpoint_file_read(path, log, read_file, &k, out_found);
}
