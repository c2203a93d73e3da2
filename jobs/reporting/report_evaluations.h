/* The evaluations of a search in a report: the best ones with all that their program printed, and
 * why others failed. Local. */
#ifndef JOBS_REPORTING_REPORT_EVALUATIONS_H
#define JOBS_REPORTING_REPORT_EVALUATIONS_H

#include "jobs/reporting/report_data.h"

#include <stdio.h>

/* HTML, with `text` to print what stands in the tables. Nothing of a folder that is no search's. */
enum status report_evaluations(FILE *page, const struct report_folder *f,
                               void (*text)(FILE *page, const char *text));

#endif
