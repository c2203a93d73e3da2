/* The networks that a page draws: those that runs found best, as graphs. Local. */
#ifndef JOBS_REPORTING_REPORT_NETWORKS_H
#define JOBS_REPORTING_REPORT_NETWORKS_H

#include "jobs/reporting/report_data.h"

#include <stdio.h>

/* JSON: [{"architecture", "hash", "original": G, "canonical": G}...], each network once, where G is
 * {"ops": [name...], "edges": [[from, to, multiplicity]...]}. Of a search the best one, and some of
 * its front; of an experiment those of the settings; of a scoring the first of its top. A network
 * whose space is not there any more, or that is too large to be drawn, is left out. */
enum status report_networks(FILE *f, const struct report_folder *folders, size_t count);

#endif
