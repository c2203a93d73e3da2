#include "predictor/checkpoint.h"

#include "proto/codec.h"
#include "proto/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file of the checkpoint before that in `path`, the caller's to free(). */
static char *path_before(const char *path)
{
    size_t bytes = strlen(path) + sizeof(".before");
    char *before = malloc(bytes);
    if (before)
        snprintf(before, bytes, "%s.before", path);
    else
        err_memory(path);
    return before;
}

/* Raw float32 records: all members' weights, then the optimiser's four buffers. */
enum status checkpoint_write(const char *path, const char *job_digest, const struct predictor *p,
                             const struct optimizer *a, const struct checkpoint_position *at)
{
    struct record_writer w = {0};
    Sibyl__TrainerState s = SIBYL__TRAINER_STATE__INIT;
    s.step = a->step;
    s.epoch = at->epoch;
    s.member = at->member;
    s.job_digest = (char *)job_digest;
    s.loss = at->loss;
    s.row = at->row;
    s.loss_sum = at->loss_sum;
    unsigned char *packed = NULL;
    size_t bytes;
    char *before = path_before(path);
    enum status st = before ? codec_pack(&s.base, "a checkpoint", &packed, &bytes) : SIBYL_E_MEM;
    if (!st) st = record_writer_open(&w, path, RECORDS_CHECKPOINT);
    if (!st) st = file_write_keep(&w.file, before);
    if (!st) st = record_writer_put(&w, RECORD_STATE, packed, bytes);
    if (!st)
        st = record_writer_put(&w, RECORD_TENSOR, p->weights,
                               p->parameters * p->options.members * sizeof(float));
    if (!st)
        st = record_writer_put(&w, RECORD_TENSOR, a->all,
                               a->parameters * OPTIMIZER_BUFFERS * sizeof(float));
    if (!st) st = record_writer_close(&w);
    record_writer_abandon(&w);
    free(before);
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
    memcpy(out, record.payload, record.bytes);
    return SIBYL_OK;
}

static enum status file_of(const char *path, const char *job_digest, struct predictor *p,
                           struct optimizer *a, struct checkpoint_position *at)
{
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
    return st;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

enum status checkpoint_read(const char *path, const char *job_digest, const struct log *log,
                            struct predictor *p, struct optimizer *a,
                            struct checkpoint_position *at, bool *out_found)
{
    char *before = path_before(path);
    enum status st = before ? SIBYL_OK : SIBYL_E_MEM;
    *out_found = false;
    if (st) return st;
    bool last = is_there(path), older = is_there(before);
    if (last) st = file_of(path, job_digest, p, a, at);
    if (older && (!last || st == SIBYL_E_FORMAT || st == SIBYL_E_IO)) {
        if (st) log_warn(log, "%s; going on from the checkpoint before it", err_message());
        st = file_of(before, job_digest, p, a, at);
        if (!st && last) unlink(path); /* else it would become the one before */
    }
    *out_found = !st && (last || older);
    free(before);
    return st;
}

void checkpoint_remove(const char *path)
{
    char *before = path_before(path);
    unlink(path);
    if (before) unlink(before);
    free(before);
}
