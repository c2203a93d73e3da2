/* A folder belongs to one job: what DIR holds, and whether that is of the job at hand. Local, for
 * rank 0. */
#ifndef JOBS_RUN_SAME_JOB_H
#define JOBS_RUN_SAME_JOB_H

#include "jobs/config/config.h"

struct json_t;

/* The first line of DIR/config.yaml, before the values in effect. */
#define SAME_JOB_MARK "# sibyl "

struct same_job {
    const char *folder, *job_file;
    const struct config *config; /* of the job at hand */
};

/* SIBYL_E_USAGE where `folder` holds another job's results, or those of another verb: the message
 * names the key that differs, with both values. `earlier`: the folder's result.json, or NULL.
 * Values that may change between runs of a job (config_keys.h) may differ; so may the path of a
 * file, where it has the same content or is no more there, as in a folder that was moved. */
enum status same_job_check(const struct same_job *job, const struct json_t *earlier);

#endif
