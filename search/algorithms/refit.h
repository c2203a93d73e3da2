/* How much of what is known a round's model learns from, so that a round costs the same however
 * much that is. Local.
 *
 * Up to REFIT_WHOLE results a model is trained on all of them, from its first weights. Beyond that,
 * milestones stand in the list of results, each twice as far as the one before; a model belongs to
 * each: that of the first is trained on the results before it from the first weights, that of
 * another one starts from the model of the milestone before. A round's model starts from that of
 * the last milestone. All but the first learn from at most REFIT_ROWS results: the newest, the
 * best, and evenly spaced ones of the others; a milestone's in as many passes over rows as the
 * first one makes, a round's in half as many, whatever the number of results.
 *
 * A milestone's model is a function of the results before it alone. So a round depends on nothing
 * but what is known, and a run that is taken up makes the milestones' models again. */
#ifndef SEARCH_ALGORITHMS_REFIT_H
#define SEARCH_ALGORITHMS_REFIT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFIT_WHOLE 320
#define REFIT_ROWS 1024

/* How many milestones `known` results have; none where a model learns from all of them. */
uint32_t refit_milestones(size_t known);
/* The results before milestone i. */
size_t refit_milestone(uint32_t i);

/* Which of `count` results, with these labels (larger is better), are learnt from, `most` at the
 * most: ascending. *out (count) is the caller's to free(). */
enum status refit_rows(const double *labels, size_t count, size_t most, size_t **out,
                       size_t *out_count);

/* Passes over `rows` rows that cost as much as `epochs` over REFIT_WHOLE, or half as much for a
 * model that is no milestone's; at least one. */
uint32_t refit_epochs(uint32_t epochs, size_t rows, bool milestone);

#endif
