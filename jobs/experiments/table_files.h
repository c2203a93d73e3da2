/* The three tables that an experiment leaves, and how their cells are written. Local. */
#ifndef JOBS_EXPERIMENTS_TABLE_FILES_H
#define JOBS_EXPERIMENTS_TABLE_FILES_H

#include "base/status.h"

#include <stdio.h>

struct json_t;

enum table_file { TABLE_EXPERIMENT, TABLE_SUMMARY, TABLE_TEXT };

/* Writes experiment.csv, summary.csv and summary.md into `folder`, each atomically. */
enum status table_files_write(const char *folder,
                              void (*print)(const void *context, enum table_file which, FILE *f),
                              const void *context);

void table_number(FILE *f, double x); /* with all digits; nothing where it is not finite */
/* The value of a JSON field as a cell of a CSV file; NULL and null: nothing. */
void table_field(FILE *f, const struct json_t *value);
/* A name in a cell of a Markdown table. */
void table_name(FILE *f, const char *name);

#endif
