/* What `sibyl bench` has measured: printed line by line, kept for the JSON file, and compared with
 * an earlier one. Local; rank 0 prints. */
#ifndef JOBS_BENCH_BENCH_TABLE_H
#define JOBS_BENCH_BENCH_TABLE_H

#include "base/log.h"
#include "jobs/run/result.h"

struct bench_table {
    const struct log *log;
    struct result *result;
    struct json_t *baseline; /* NULL: none */
    double sgemm_gflops;     /* of this run, what other rates are a part of; 0: not measured */
};

struct bench_row {
    const char *key, *shape, *unit; /* key: also that of the JSON file, with the unit behind it */
    double rate;
    double
        error; /* largest, relative to the size of what it is made of; NaN: compared bit by bit */
    bool of_sgemm; /* a rate of floating-point operations */
};

/* baseline: path of a file that `bench --out` wrote, or NULL. */
enum status bench_table_open(struct bench_table *t, const struct log *log, struct result *result,
                             const char *baseline);
void bench_table_close(struct bench_table *t); /* fine on a zeroed struct */

void bench_table_add(struct bench_table *t, const struct bench_row *row);

#endif
