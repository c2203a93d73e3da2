/* What people look at while a search runs, kept current: history.csv and best.json, result.json (by
 * search_run.current), and the line that tells how it gets on. On rank 0. Local.
 *
 * Calling sequence: current_begin -> current_model, current_evaluated as they are measured, and
 * current_look after every result and whenever there is nothing to do.
 *
 * Files are written whole, at most once a second, and so that they take about a hundredth of the
 * time, whatever the search's size. */
#ifndef SEARCH_ENGINE_CURRENT_H
#define SEARCH_ENGINE_CURRENT_H

#include "search/algorithms/history.h"
#include "search/engine/engine.h"
#include "search/engine/progress.h"

struct current {
    const struct search_run *run;
    const char *algorithm;
    struct progress progress;
    double begin_s, said_s, next_s; /* next_s: not before then are files written again */
    size_t before;                  /* evaluations that earlier sessions have done */
    size_t said, written;           /* evaluations, when that was done the last time */
    bool warned;
};

/* How the search stands. */
struct current_state {
    const struct history *history; /* borrowed */
    size_t arrived;                /* results that the history does not have yet */
    uint64_t running;
    uint32_t batch; /* evaluations for each training of a model */
    bool model;     /* what is to come has a model */
    size_t step;    /* off a terminal: a line for so many evaluations */
};

void current_begin(struct current *c, const struct search_run *run, const char *algorithm,
                   size_t before);
/* See progress.h. */
void current_model(struct current *c, size_t known, double seconds);
void current_evaluated(struct current *c, size_t evaluations, double seconds);

/* Whether current_look() has something to do: a look at the clock. */
bool current_is_due(const struct current *c, const struct current_state *s);
/* Says and writes what is due. `found`: the history, summed up. What cannot be written is told
 * once, and ends nothing. */
void current_look(struct current *c, const struct current_state *s,
                  const struct search_result *found);
/* The line of the end, where there is anything new. */
void current_end(struct current *c, const struct current_state *s);

#endif
