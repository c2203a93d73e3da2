/* JSON that stands in a web page. What texts hold is not trusted: whatever their bytes, they end no
 * script, and no byte of theirs is anything but text to a browser. Local. */
#ifndef JOBS_REPORTING_REPORT_JSON_H
#define JOBS_REPORTING_REPORT_JSON_H

#include "jobs/reporting/report_data.h"

#include <stdbool.h>
#include <stdio.h>

/* A string in quotes. `<`, `>`, `&` and control characters are written as escapes; a byte that is
 * no part of a UTF-8 character becomes U+FFFD. */
void report_json_text(FILE *f, const char *text);
/* "key": */
void report_json_key(FILE *f, const char *key);
/* The shortest decimal number that reads as exactly this one; null where it is not finite. */
void report_json_number(FILE *f, double number);
/* What a cell of a CSV file holds: a number where it is written as one, null where it is empty,
 * else a text. */
void report_json_cell(FILE *f, const char *cell);
/* Any value of Jansson's. */
void report_json_value(FILE *f, const struct json_t *value);
/* {"rows": n, "columns": {"NAME": [cell...] or {"words": [..], "at": [..]}}}; the second where a
 * text stands in a column many times. `keep`: which rows (from 1 on) are told; `only`: which
 * columns, NULL behind the last one; NULL: all. */
enum status report_json_table(FILE *f, const struct report_table *t, const bool *keep,
                              const char *const *only);

#endif
