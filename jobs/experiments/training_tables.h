/* The tables of an experiment of trainings: experiment.csv (a line for each training), summary.csv
 * and summary.md (a line for each setting: means, sample deviations, and what differs from the
 * first setting by a paired t-test over the repeats). Local. */
#ifndef JOBS_EXPERIMENTS_TRAINING_TABLES_H
#define JOBS_EXPERIMENTS_TRAINING_TABLES_H

#include "jobs/run/result.h"

#include <stddef.h>

struct training_rows {
    size_t settings, repeats;
    struct json_t *const *rows; /* (repeats, settings); all there */
    const char *const *names;   /* (settings) */
    const char *title;          /* for summary.md */
    bool mape;                  /* some setting's loss is mape: summary.md shows it */
};

/* Writes the three files into `folder`, each atomically. */
enum status training_tables_write(const struct training_rows *e, const char *folder);
/* The fields that an experiment adds to result.json. */
enum status training_tables_report(const struct training_rows *e, struct result *r);

#endif
