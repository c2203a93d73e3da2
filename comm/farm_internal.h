/* What the two sides of a task farm share: its messages. Local. */
#ifndef COMM_FARM_INTERNAL_H
#define COMM_FARM_INTERNAL_H

#include "comm/farm.h"
#include "comm/team_internal.h"

/* Every TASK gets exactly one answer (RESULT, FAILED, or SKIPPED once the farm is stopping), so
 * rank 0 knows when nothing is on the way. A message is an index and the payload; in STOP the index
 * is the number of TASKs the worker was sent. STOP overtakes TASKs that wait, so that a failing
 * farm ends soon. WISH is a worker that was asked to stop. BYE is a worker's last message, so that
 * rank 0 leaves none behind. */
enum farm_tag { TAG_TASK = 1, TAG_RESULT, TAG_FAILED, TAG_SKIPPED, TAG_STOP, TAG_WISH, TAG_BYE };

#define FARM_HEAD_BYTES sizeof(uint64_t)

/* A message that came in. */
struct message {
    int source, tag;
    bool malformed; /* too short or too long; `index` and payload are not to be used */
    uint64_t index;
    unsigned char *data; /* all of it, owned; the payload is behind the head */
    size_t bytes;        /* all of it */
};

/* A message that goes out. */
struct sending {
    MPI_Request request;
    bool busy;
    uint64_t index;
    unsigned char head[FARM_HEAD_BYTES], *data; /* `data` is `head` if there is no payload */
};

/* Sends an index and a payload (NULL: none; cannot fail then). */
enum status farm_send(struct sending *s, struct team *t, int to, enum farm_tag tag, uint64_t index,
                      const struct farm_bytes *payload);
void farm_sent(struct sending *s, struct team *t); /* waits until it has gone; fine if it is none */
/* Takes a message if there is one. */
bool farm_receive(struct team *t, int source, int tag, struct message *m);
enum status farm_malformed(const struct message *m); /* sets the message that names its sender */

bool farm_stop_asked(const struct farm_job *job);
enum status farm_do_task(struct team *t, const struct farm_job *job, struct farm_call *call,
                         const unsigned char *task, size_t bytes, struct farm_bytes *result);

/* ---- farm_worker.c ---- */
struct serving;
/* A worker's side of farm_run(). */
enum status farm_serve(struct team *t, const struct farm_job *job);
/* Passes on that this rank was asked to stop; takes a STOP if there is one. Whether there was. */
bool farm_serving_stops(struct serving *s);

struct farm_call { /* one of the two */
    struct farm *farm;
    struct serving *serving;
};

#endif
