/* The scores of a scoring or of a training's test, for its page: their spread, and how they agree
 * with labels. Local. */
#ifndef JOBS_REPORTING_REPORT_SCORES_H
#define JOBS_REPORTING_REPORT_SCORES_H

#include "base/status.h"

#include <stdio.h>

/* JSON of a folder's scores.csv, or of a training's predictions.csv, of any size: {"rows", "low",
 * "high", "mean", "sample": {"score", "label", "deviation": lists}}. The sample is of all rows, or
 * of `most` of them that are drawn evenly. null where there is no such file. */
enum status report_scores(FILE *f, const char *folder, const char *name, size_t most);

#endif
