/* How a search went, for its page: its best value where it rose, which evaluations are told one by
 * one, and why others failed. Local. */
#ifndef JOBS_REPORTING_REPORT_CURVE_H
#define JOBS_REPORTING_REPORT_CURVE_H

#include "jobs/reporting/report_data.h"

#include <stdbool.h>
#include <stdio.h>

/* JSON of a history.csv: {"evaluations", "failed", "seconds", "epochs": sums, "steps": {"at",
 * "best", "seconds", "epochs": of each evaluation that made the best value another, and sums up to
 * it}, "failures": [[count, reason]...], "failure_kinds"}. Columns that the history has not are not
 * told. */
enum status report_curve(FILE *f, const struct report_table *history);

/* Sets keep[row] of at most `most` rows: all, or those with the best values. `minimise`: the lowest
 * values are. keep (rows) is cleared before. */
enum status report_curve_select(const struct report_table *history, bool minimise, size_t most,
                                bool *keep);

#endif
