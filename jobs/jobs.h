/* The verbs. Each is collective over the team of all ranks, and returns the same on all of them. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "comm/team.h"
#include "jobs/run/command_line.h"

enum status job_import(struct team *t, const struct options *o);
void job_import_list(void); /* prints the formats. Local. */
enum status job_train(struct team *t, const struct options *o);
enum status job_score(struct team *t, const struct options *o);
enum status job_search(struct team *t, const struct options *o);
enum status job_plan(struct team *t, const struct options *o);
enum status job_report(struct team *t, const struct options *o);
enum status job_inspect(struct team *t, const struct options *o);
enum status job_bench(struct team *t, const struct options *o);

#endif
