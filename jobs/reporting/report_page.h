/* The page of a report: one HTML file that fetches nothing. Its text, styles and scripts are the
 * files of page/, which are part of the program; what runs have left stands in it as one block of
 * JSON. Local. */
#ifndef JOBS_REPORTING_REPORT_PAGE_H
#define JOBS_REPORTING_REPORT_PAGE_H

#include "jobs/reporting/report_data.h"

struct report_page {
    const struct report_folder *folders; /* (count) */
    size_t count;
    const char *command; /* that makes this page again */
    bool renewed;        /* it is being renewed: it loads itself again now and then */
};

/* Writes the page, atomically. */
enum status report_page_write(const char *path, const struct report_page *page);

#endif
