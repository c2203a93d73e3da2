/* What the searches of an experiment come to: figures of each setting, and tests against the first
 * setting over the seeds that both have. Local. */
#ifndef JOBS_EXPERIMENTS_SEARCH_SUMMARY_H
#define JOBS_EXPERIMENTS_SEARCH_SUMMARY_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;
struct config;

struct search_rows {
    size_t settings, repeats;
    struct json_t *const *rows;   /* (repeats, settings); all there */
    const struct config *configs; /* (settings) */
    const char *title;            /* for summary.md */
};

enum search_figure {
    FIGURE_TO_TARGET, /* evaluations to the target */
    FIGURE_BEST,
    FIGURE_REGRET,
    FIGURE_VOLUME,
    FIGURE_WALL
};

struct search_measure {
    enum search_figure figure;
    uint64_t at;  /* after so many evaluations; 0: at the end */
    char key[48]; /* of a row */
};

struct search_cell {
    size_t count;           /* searches with this figure */
    size_t missed;          /* of these, that did not reach their target: they count with all their
                               evaluations, of which they would have needed more */
    double mean, low, high; /* 95% confidence interval of the mean */
    double median, tail;    /* 95% of the searches are as good as `tail`, or better */
    double worst;
    double least_missed; /* the smallest figure of those that missed; INFINITY: none did */
    /* against the first setting, over common seeds; NaN of the first itself */
    size_t pairs;
    double difference; /* mean of the differences */
    double p;          /* Wilcoxon's signed-rank test */
    double p_holm;     /* the same, corrected for the number of settings */
};

struct search_summary {
    struct search_measure *measures; /* (count) those that any row has */
    size_t count;
    struct search_cell *cells; /* (settings, count) */
};

enum status search_summary_make(struct search_summary *out, const struct search_rows *e);
void search_summary_release(struct search_summary *s);

/* The measure of this figure at so many evaluations, or `count`. */
size_t search_summary_find(const struct search_summary *s, enum search_figure figure, uint64_t at);

/* Whether small values of the figure are the good ones, in this setting. */
bool search_summary_small_is_good(const struct search_rows *e, size_t setting,
                                  enum search_figure figure);

#endif
