#include "comm/farm_internal.h"

#include <stdlib.h>

struct serving {
    struct team *team;
    const struct farm_job *job;
    struct sending answer, wish, bye;
    bool stopping, wished;
    uint64_t taken, total; /* tasks so far; in all, once stopping */
    enum status st;
};

bool farm_serving_stops(struct serving *s)
{
    struct message m;
    if (!s->wished && farm_stop_asked(s->job)) {
        s->wished = true;
        (void)farm_send(&s->wish, s->team, 0, TAG_WISH, 0, NULL); /* cannot fail: no payload */
    }
    if (s->stopping || !farm_receive(s->team, 0, TAG_STOP, &m)) return s->stopping;
    s->stopping = true;
    s->total = m.malformed ? s->taken : m.index;
    if (m.malformed && !s->st) s->st = farm_malformed(&m);
    free(m.data);
    return true;
}

/* Do the task, unless this worker has failed or the farm is stopping, and answer it. */
static void serving_answer(struct serving *s, const struct message *m)
{
    struct farm_bytes result = {0};
    enum farm_tag tag = TAG_SKIPPED;
    if (!s->st && !s->stopping) {
        struct farm_call call = {.serving = s};
        enum status st = m->malformed
                             ? farm_malformed(m)
                             : farm_do_task(s->team, s->job, &call, m->data + FARM_HEAD_BYTES,
                                            m->bytes - FARM_HEAD_BYTES, &result);
        bool given_up = s->stopping && st == SIBYL_E_STOPPED;
        if (!s->st && !given_up) s->st = st;
        tag = given_up ? TAG_SKIPPED : st ? TAG_FAILED : TAG_RESULT;
    }
    farm_sent(&s->answer, s->team);
    enum status sent =
        farm_send(&s->answer, s->team, 0, tag, m->index, tag == TAG_RESULT ? &result : NULL);
    if (sent) {
        s->st = sent;
        (void)farm_send(&s->answer, s->team, 0, TAG_FAILED, m->index,
                        NULL); /* cannot fail without a payload */
    }
    free(result.data);
}

enum status farm_serve(struct team *t, const struct farm_job *job)
{
    struct serving s = {.team = t, .job = job};
    struct team_backoff backoff = {0};
    struct message m;
    while (!farm_serving_stops(&s) || s.taken < s.total) {
        if (!farm_receive(t, 0, TAG_TASK, &m)) {
            team_enter(t);
            team_backoff_pause(&backoff);
            continue;
        }
        s.taken++;
        serving_answer(&s, &m);
        free(m.data);
        backoff = (struct team_backoff){0};
    }
    farm_sent(&s.answer, t);
    farm_sent(&s.wish, t);
    (void)farm_send(&s.bye, t, 0, TAG_BYE, 0, NULL);
    farm_sent(&s.bye, t);
    return s.st;
}
