/* Numbers as a job file writes them: decimal, exact, and nothing that another reader of YAML takes
 * for something else. Local. */
#ifndef JOBS_CONFIG_CONFIG_NUMBER_H
#define JOBS_CONFIG_CONFIG_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers such as 3, -0.5, 2e-3. Not: 010 (octal in YAML 1.1), 0x1F, 1_000, 1:30, .inf, .nan, and
 * what is too large or too near to 0 for a double. -0 is 0. */
bool config_number(const char *text, double *out);
/* Whole numbers from 0 on, exactly: 3, 1e3, 1.5e3 and 3.0, but not 3.00000000000000001. */
bool config_whole(const char *text, uint64_t *out);
/* What to do about a text that is no such number, such as "; write it without quotes"; may be "".
 * `plain`: it stands without quotes. */
const char *config_number_hint(const char *text, bool plain);

#endif
