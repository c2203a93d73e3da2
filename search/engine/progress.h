/* How long a search will still take, from what its parts have taken so far, and the line that tells
 * it. On rank 0. Local; no clock is read here.
 *
 * The time of a round has two parts. That of the model (training and scoring) grows with the
 * results that are known; that of the evaluations does not, but scatters. */
#ifndef SEARCH_ENGINE_PROGRESS_H
#define SEARCH_ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_SAMPLES 32 /* the newest that count */

struct progress_sample {
    double count, seconds;
};

struct progress {                                   /* all zero is one that knows nothing yet */
    struct progress_sample model[PROGRESS_SAMPLES]; /* results known, time of the model */
    struct progress_sample evaluations[PROGRESS_SAMPLES]; /* evaluations done, time they took */
    size_t models, windows;                               /* how many there have been */
};

/* The model took so many seconds, on so many known results. */
void progress_model(struct progress *p, size_t known, double seconds);
/* In so many seconds of the wall clock so many evaluations came to their end. */
void progress_evaluated(struct progress *p, size_t evaluations, double seconds);

struct progress_ahead {
    uint64_t known, left; /* evaluations: done, and to be done */
    uint32_t batch;       /* evaluations for each time of the model */
    bool model;           /* the rounds to come have a model */
};
/* Seconds until the end; NaN as long as one of the parts has not been measured. */
double progress_left_s(const struct progress *p, const struct progress_ahead *ahead);

struct progress_now {
    const char *name;                      /* of the algorithm */
    uint64_t done, total, running, failed; /* total 0: no bound */
    bool found;
    double best;      /* as the user has it */
    uint64_t best_at; /* evaluation, from 1 */
    double per_hour;  /* 0: not known */
    double left_s;    /* NaN: not known */
    int64_t time;     /* of the day, in seconds since 1970 */
};
/* "aging: 120/300 evaluations, 8 running, 3 failed; best 0.94 at 87; 1240/h, ends in 12 min 05 s
 * (14:32)" */
void progress_text(char *out, size_t bytes, const struct progress_now *now);

#endif
