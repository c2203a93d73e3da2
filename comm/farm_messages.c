#include "comm/farm_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status farm_send(struct sending *s, struct team *t, int to, enum farm_tag tag, uint64_t index,
                      const struct farm_bytes *payload)
{
    size_t bytes = payload ? payload->bytes : 0;
    unsigned char *data = s->head;
    if (bytes > FARM_PAYLOAD_MAX)
        return err_set(SIBYL_E_RANGE, "task %llu: %zu bytes to send, at most %u are possible",
                       (unsigned long long)index, bytes, FARM_PAYLOAD_MAX);
    if (bytes > 0) {
        data = malloc(FARM_HEAD_BYTES + bytes);
        if (!data) return err_memory("a message of the task farm");
        memcpy(data + FARM_HEAD_BYTES, payload->data, bytes);
    }
    memcpy(data, &index, FARM_HEAD_BYTES);
    s->index = index;
    s->data = data;
    s->busy = true;
    MPI_Isend(data, (int)(FARM_HEAD_BYTES + bytes), MPI_BYTE, to, (int)tag, t->comm, &s->request);
    return SIBYL_OK;
}

void farm_sent(struct sending *s, struct team *t)
{
    if (!s->busy) return;
    team_enter(t);
    team_wait(&s->request);
    team_leave(t);
    if (s->data != s->head) free(s->data);
    s->busy = false;
}

bool farm_receive(struct team *t, int source, int tag, struct message *m)
{
    MPI_Message handle;
    MPI_Status status;
    MPI_Request request;
    int there = 0, bytes = 0;
    /* One probe that finds nothing takes in what has come; only the next one sees it. */
    for (int probes = 0; probes < 2 && !there; probes++)
        MPI_Improbe(source, tag, t->comm, &there, &handle, &status);
    if (!there) return false;
    team_leave(t);
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    *m = (struct message){
        .source = status.MPI_SOURCE, .tag = status.MPI_TAG, .bytes = (size_t)bytes};
    m->data = malloc(bytes > 0 ? (size_t)bytes : 1);
    if (!m->data) { /* it cannot be taken off the line, so the ranks cannot come to an agreement
                       either */
        fprintf(stderr, "sibyl: rank %d: out of memory for a message of %d bytes from rank %d\n",
                t->rank, bytes, m->source);
        comm_abort(1);
    }
    MPI_Imrecv(m->data, bytes, MPI_BYTE, &handle, &request);
    team_wait(&request);
    m->malformed = m->bytes < FARM_HEAD_BYTES || m->bytes > FARM_HEAD_BYTES + FARM_PAYLOAD_MAX;
    if (!m->malformed) memcpy(&m->index, m->data, FARM_HEAD_BYTES);
    return true;
}

enum status farm_malformed(const struct message *m)
{
    return err_set(SIBYL_E_FORMAT,
                   "the task farm got %zu bytes from rank %d, not %zu to %zu: do all ranks run the "
                   "same program?",
                   m->bytes, m->source, FARM_HEAD_BYTES, FARM_HEAD_BYTES + FARM_PAYLOAD_MAX);
}

bool farm_stop_asked(const struct farm_job *job)
{
    return job->stop_asked && job->stop_asked(job->context);
}

enum status farm_do_task(struct team *t, const struct farm_job *job, struct farm_call *call,
                         const unsigned char *task, size_t bytes, struct farm_bytes *result)
{
    team_excuse(t, job->outside);
    enum status st = job->work(job->context, call, task, bytes, result);
    team_excuse(t, false);
    return st;
}
