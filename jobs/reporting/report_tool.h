/* Running a drawing program (gnuplot, dot): text in, SVG out. Local. */
#ifndef JOBS_REPORTING_REPORT_TOOL_H
#define JOBS_REPORTING_REPORT_TOOL_H

#include "base/status.h"

/* Runs `words` (NULL-terminated; no shell) with `input` on its stdin. *out_svg is what it printed
 * from "<svg" on, the caller's to free(). `package`: named when the program is missing. */
enum status report_tool(const char *const *words, const char *package, const char *input,
                        char **out_svg);

#endif
