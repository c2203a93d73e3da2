/* result.json: one flat object that scripts read. Local; rank 0 writes it. */
#ifndef JOBS_RUN_RESULT_H
#define JOBS_RUN_RESULT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct json_t;

struct result {
    struct json_t *object;
    double started_s;
    double before_s; /* that earlier runs of the job took, for wall_s */
    bool failed;     /* memory ran out while filling it; result_write says so */
};

/* Sets `verb`, `ranks`, `seed` and `version`, and starts the clock. */
enum status result_begin(struct result *r, const char *verb, int ranks, uint64_t seed);
void result_number(struct result *r, const char *key, double value); /* NaN and infinities: null */
void result_integer(struct result *r, const char *key, uint64_t value);
void result_text(struct result *r, const char *key, const char *value);
void result_bool(struct result *r, const char *key, bool value);
void result_null(struct result *r, const char *key);
/* Sets `status` and `wall_s` and writes `path` atomically. */
enum status result_write(struct result *r, const char *path, const char *status);
void result_release(struct result *r); /* fine on a zeroed struct */

#endif
