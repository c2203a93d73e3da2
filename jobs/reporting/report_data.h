/* What a result folder holds, read for a report. Local. */
#ifndef JOBS_REPORTING_REPORT_DATA_H
#define JOBS_REPORTING_REPORT_DATA_H

#include "base/arena.h"
#include "base/folder_lock.h"
#include "base/status.h"
#include "jobs/config/job_values.h"

#include <stddef.h>
#include <time.h>

struct json_t;

struct report_table {   /* a CSV file; the first row names the columns */
    struct arena arena; /* of the texts */
    char **cells;       /* (rows, columns) owned; the texts are in the arena */
    size_t rows, columns;
};

struct report_folder {
    const char *path;
    struct json_t *result; /* result.json */
    struct report_table
        curve;         /* history.csv of a search, metrics.csv of a training; no rows if neither */
    const char *x, *y; /* its columns to draw */
    const char *curve_name;             /* SQL table */
    struct report_table top;            /* top.csv of a scoring */
    struct report_table front, volumes; /* of several objectives: pareto.csv, hypervolume.csv */
    struct report_table summary;        /* summary.csv of an experiment */
    struct report_table experiment;     /* experiment.csv: a row for each run */
    struct report_table reliability;    /* reliability.csv of a training with a Gaussian process */
    struct job_values values;           /* of config.yaml; none where it cannot be read */
    struct folder_holder holder;        /* who is at work in it */
    time_t began, ended; /* config.yaml and result.json were written last; 0: not known */
};

enum status report_folder_read(struct report_folder *out, const char *path);
void report_folder_release(struct report_folder *f); /* fine on a zeroed struct */

/* A CSV file whole. */
enum status report_table_read(struct report_table *out, const char *path);
/* The file of this name in a folder; no rows where it is not there, or is empty. */
enum status report_table_read_in(struct report_table *out, const char *folder, const char *name);
void report_table_release(struct report_table *t); /* fine on a zeroed struct */

/* Column of a name, or -1. */
int report_table_column(const struct report_table *t, const char *name);

/* A cell; "" where `column` is -1. Row 0 holds the names. */
const char *report_table_cell(const struct report_table *t, size_t row, int column);

/* SQLite: tables results, evaluations, epochs, top, with the columns of all folders; made anew. A
 * value of a column that a table has no room for is a row of NAME_more: the folder, the rowid of
 * its row in NAME, the column's name, the value. */
enum status report_database(const char *path, const struct report_folder *folders, size_t count);

#endif
