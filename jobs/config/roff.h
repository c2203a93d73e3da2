/* Text for manual pages. Local. */
#ifndef JOBS_CONFIG_ROFF_H
#define JOBS_CONFIG_ROFF_H

#include <stdio.h>

/* Prints `text` so that man pages show it as it is: no character of it commands anything, hyphens
 * can be copied into a shell, and each of its lines begins on a line of its own. */
void roff_text(FILE *out, const char *text);

#endif
