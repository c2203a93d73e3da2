#include "predictor/training/checkpoint.h"

#include "base/memory.h"
#include "predictor/training/optimizer.h"
#include "proto/files/byte_order.h"
#include "proto/files/checkpoint_file.h"
#include "proto/graph/codec.h"

#include <stdlib.h>
#include <string.h>

/* Of the records. Before there was such a number, one record had all members' weights and another
 * the optimiser's buffers of the one in training. */
#define LAYOUT 2

static void to_message(Sibyl__MemberState *out, const struct member_progress *m)
{
    sibyl__member_state__init(out);
    out->stage = (uint32_t)m->stage;
    out->epoch = m->epoch;
    out->step = m->step;
    out->row = m->row;
    out->loss_sum = m->loss_sum;
    out->loss = m->loss;
}

static enum status state_pack(const struct identity *own, const struct member_progress *members,
                              uint32_t count, unsigned char **out, size_t *out_bytes)
{
    Sibyl__MemberState states[PREDICTOR_MEMBERS_MAX], *list[PREDICTOR_MEMBERS_MAX];
    Sibyl__TrainerState s = SIBYL__TRAINER_STATE__INIT;
    char identity[IDENTITY_TEXT_BYTES];
    for (uint32_t m = 0; m < count; m++) {
        to_message(&states[m], &members[m]);
        list[m] = &states[m];
    }
    identity_text(own, identity);
    s.job_digest = identity;
    s.layout = LAYOUT;
    s.n_members = count;
    s.members = list;
    return codec_pack(&s.base, "a checkpoint", out, out_bytes);
}

enum status checkpoint_begin(struct checkpoint_writer *w, const char *path,
                             const struct identity *own, const struct member_progress *members,
                             uint32_t count)
{
    unsigned char *packed = NULL;
    size_t bytes;
    *w = (struct checkpoint_writer){0};
    enum status st = state_pack(own, members, count, &packed, &bytes);
    if (!st) st = checkpoint_file_begin(&w->file, path);
    if (!st) st = record_writer_put(&w->file, RECORD_STATE, packed, bytes);
    free(packed);
    return st;
}

static size_t piece(size_t left)
{
    return left < CHECKPOINT_PIECE ? left : CHECKPOINT_PIECE;
}

enum status checkpoint_put(struct checkpoint_writer *w, const float *numbers, size_t count)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < count && !st; i += CHECKPOINT_PIECE) {
        size_t own = piece(count - i);
        void *owned;
        const void *bytes = byte_order_to_file(numbers + i, own, sizeof(*numbers), &owned);
        st = bytes ? record_writer_put(&w->file, RECORD_TENSOR, bytes, own * sizeof(*numbers))
                   : err_memory("a checkpoint");
        free(owned);
    }
    return st;
}

enum status checkpoint_end(struct checkpoint_writer *w)
{
    return record_writer_close(&w->file);
}

void checkpoint_abandon(struct checkpoint_writer *w)
{
    record_writer_abandon(&w->file);
}

/* ---- reading ---- */

struct reading {
    const struct identity *own;
    struct predictor *predictor;
    struct member_progress *members; /* (members of the predictor) */
};

static enum status no_state(const char *path)
{
    return err_set(SIBYL_E_FORMAT, "%s: no training state in it; remove it to train from the start",
                   path);
}

static enum status from_message(const struct reading *k, const char *path,
                                const Sibyl__TrainerState *s)
{
    enum status st = checkpoint_file_is_of(path, k->own, s->job_digest);
    if (st) return st;
    if (s->layout != LAYOUT)
        return err_set(SIBYL_E_USAGE,
                       "%s is a checkpoint of another version of sibyl (layout %u, this one reads "
                       "%d): end the training with that version, or remove the file to train from "
                       "the start",
                       path, s->layout ? s->layout : 1, LAYOUT);
    if (s->n_members != k->predictor->options.members) return no_state(path);
    for (size_t m = 0; m < s->n_members; m++) {
        const Sibyl__MemberState *in = s->members[m];
        if (in->stage > MEMBER_TRAINED) return no_state(path);
        k->members[m] = (struct member_progress){.stage = (enum member_stage)in->stage,
                                                 .epoch = in->epoch,
                                                 .step = in->step,
                                                 .row = in->row,
                                                 .loss_sum = in->loss_sum,
                                                 .loss = in->loss,
                                                 .buffers = k->members[m].buffers};
    }
    return SIBYL_OK;
}

static enum status state_read(const struct reading *k, struct record_reader *r, const char *path)
{
    struct record record;
    enum status st = record_reader_next(r, &record);
    if (st) return st;
    Sibyl__TrainerState *s =
        record.type == RECORD_STATE
            ? codec_unpack(&sibyl__trainer_state__descriptor, record.payload, record.bytes)
            : NULL;
    if (!s) return no_state(path);
    st = from_message(k, path, s);
    sibyl__trainer_state__free_unpacked(s, NULL);
    return st;
}

static enum status numbers_read(struct record_reader *r, const char *path, float *out, size_t count)
{
    for (size_t i = 0; i < count; i += CHECKPOINT_PIECE) {
        struct record record;
        enum status st = record_reader_next(r, &record);
        if (st) return st;
        if (record.type != RECORD_TENSOR || record.bytes != piece(count - i) * sizeof(*out))
            return err_set(
                SIBYL_E_FORMAT,
                "%s: its weights are not this model's; remove it to train from the start", path);
        byte_order_from_file(out + i, record.payload, piece(count - i), sizeof(*out));
    }
    return SIBYL_OK;
}

static enum status member_read(const struct reading *k, struct record_reader *r, const char *path,
                               uint32_t member)
{
    struct member_progress *m = &k->members[member];
    size_t parameters = k->predictor->parameters, all = OPTIMIZER_BUFFERS * parameters;
    if (m->stage == MEMBER_TRAINED)
        return numbers_read(r, path, k->predictor->weights + member * parameters, parameters);
    if (m->stage != MEMBER_TRAINING) return SIBYL_OK;
    if (!m->buffers) m->buffers = memory_large(all * sizeof(float));
    return m->buffers ? numbers_read(r, path, m->buffers, all) : err_memory(path);
}

static enum status read_file(void *context, const char *path)
{
    const struct reading *k = context;
    struct record_reader r = {0};
    struct record end;
    enum status st = record_reader_open(&r, path, RECORDS_CHECKPOINT);
    if (!st) st = state_read(k, &r, path);
    for (uint32_t m = 0; m < k->predictor->options.members && !st; m++)
        st = member_read(k, &r, path, m);
    if (!st) st = record_reader_next(&r, &end);
    if (!st && end.type != RECORD_END)
        st = err_set(SIBYL_E_FORMAT, "%s: more records than its state says", path);
    record_reader_close(&r);
    return st;
}

enum status checkpoint_read(const char *path, const struct identity *own, const struct log *log,
                            struct predictor *p, struct member_progress *members, bool *out_found)
{
    struct reading k = {own, p, members};
    return checkpoint_file_read(path, log, read_file, &k, out_found);
}
