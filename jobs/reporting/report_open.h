/* Showing a file in the reader's own program. Local. */
#ifndef JOBS_REPORTING_REPORT_OPEN_H
#define JOBS_REPORTING_REPORT_OPEN_H

#include "base/status.h"

/* Starts `xdg-open PATH`, and does not wait for it: it has a process group of its own, and outlives
 * this process. SIBYL_E_IO: there is no such program. */
enum status report_open(const char *path);

#endif
