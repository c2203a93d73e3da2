/* Scores of many points of a search space, and the best of them. */
#ifndef JOBS_SCORES_H
#define JOBS_SCORES_H

#include "base/log.h"
#include "jobs/precision.h"
#include "search/space.h"

struct scores {
    uint64_t *indexes;  /* (count) row of the dataset, or point of the space, ascending */
    double *values;     /* (count) */
    double *deviations; /* (count) of a new label, where the predictor has a Gaussian process */
    size_t count, capacity;
    uint64_t architectures, distinct; /* looked at; computed */
    struct precision_choice precision;
};

struct scores_job {
    const struct space *space;
    const struct predictor *predictor;
    enum config_precision precision;
    int threads;
    uint64_t sample; /* random points; 0: all points */
    uint64_t seed;
    bool deduplicate; /* of equal networks only the first is kept */
    const struct log *log;
};

enum status scores_reserve(struct scores *s, size_t count); /* room for `count` in all; local */
void scores_release(struct scores *s);                      /* fine on a zeroed struct */

/* Point `index` of a space, or of the sample of a space. Local. */
void scores_point(const struct space *s, uint64_t sample, uint64_t seed, uint64_t index,
                  struct genome *out);

/* Collective. Scores a space, or a sample of it, in blocks; invalid points are skipped. Equal on
 * all ranks. */
enum status scores_of_space(struct team *t, const struct scores_job *job, struct scores *out);

/* Positions of the `most` best values, best first, the earlier one where equal; NaN last. Local. */
enum status scores_top(const struct scores *s, uint64_t most, size_t **out_order,
                       size_t *out_count);

#endif
