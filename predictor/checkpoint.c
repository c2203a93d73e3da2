#include "predictor/checkpoint.h"

#include "proto/codec.h"
#include "proto/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Raw float32 records: all members' weights, then the optimiser's four buffers. */
enum status checkpoint_write(const char *path, const char *job_digest, const struct predictor *p,
                             const struct optimizer *a, const struct checkpoint_position *at)
{
    struct record_writer w = {0};
    double losses[1] = {at->loss};
    Sibyl__TrainerState s = SIBYL__TRAINER_STATE__INIT;
    s.step = a->step;
    s.epoch = at->epoch;
    s.member = at->member;
    s.job_digest = (char *)job_digest;
    s.n_epoch_losses = 1;
    s.epoch_losses = losses;
    unsigned char *packed;
    size_t bytes;
    enum status st = codec_pack(&s.base, "a checkpoint", &packed, &bytes);
    if (st) return st;
    st = record_writer_open(&w, path, RECORDS_CHECKPOINT);
    if (st) goto done;
    st = record_writer_put(&w, RECORD_STATE, packed, bytes);
    if (!st)
        st = record_writer_put(&w, RECORD_TENSOR, p->weights,
                               p->parameters * p->options.members * sizeof(float));
    if (!st)
        st = record_writer_put(&w, RECORD_TENSOR, a->all,
                               a->parameters * OPTIMIZER_BUFFERS * sizeof(float));
    if (!st)
        st = record_writer_close(&w);
    else
        record_writer_abandon(&w);
done:
    free(packed);
    return st;
}

static enum status state_read(struct record_reader *r, const char *path, const char *job_digest,
                              struct optimizer *a, struct checkpoint_position *at)
{
    struct record record;
    enum status st = record_reader_next(r, &record);
    if (st) return st;
    Sibyl__TrainerState *s = record.type == RECORD_STATE
                                 ? sibyl__trainer_state__unpack(NULL, record.bytes, record.payload)
                                 : NULL;
    if (!s)
        return err_set(SIBYL_E_FORMAT,
                       "%s: no training state in it; remove it to train from the start", path);
    if (strcmp(s->job_digest, job_digest) != 0) {
        st = err_set(SIBYL_E_USAGE, "%s belongs to another job; choose another --out, or remove it",
                     path);
    } else {
        a->step = s->step;
        at->epoch = s->epoch;
        at->member = s->member;
        at->loss = s->n_epoch_losses ? s->epoch_losses[0] : 0;
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
    memcpy(out, record.payload, record.bytes);
    return SIBYL_OK;
}

enum status checkpoint_read(const char *path, const char *job_digest, struct predictor *p,
                            struct optimizer *a, struct checkpoint_position *at, bool *out_found)
{
    *out_found = false;
    if (access(path, F_OK) && errno == ENOENT) return SIBYL_OK;
    struct record_reader r = {0};
    enum status st = record_reader_open(&r, path, RECORDS_CHECKPOINT);
    if (!st) st = state_read(&r, path, job_digest, a, at);
    if (!st) st = floats_read(&r, path, p->weights, p->parameters * p->options.members);
    if (!st) st = floats_read(&r, path, a->all, a->parameters * OPTIMIZER_BUFFERS);
    if (!st && at->member >= p->options.members)
        st =
            err_set(SIBYL_E_FORMAT,
                    "%s: its position is not in this job; remove it to train from the start", path);
    record_reader_close(&r);
    *out_found = !st;
    return st;
}
