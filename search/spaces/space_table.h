/* Rows of a table as points of a space, for `sibyl import csv`. Local. */
#ifndef SEARCH_SPACES_SPACE_TABLE_H
#define SEARCH_SPACES_SPACE_TABLE_H

#include "proto/import/import.h"
#include "search/spaces/space.h"

/* What the importer wants to know of a space, which must outlive it. One field is the space's text,
 * or whatever else its parse() reads; several are the values of all genes, in their order. Where a
 * gene does not count its field may be empty. */
struct import_space space_table(const struct space *s);

/* Whether a field of a table stands for a value of a gene: the same word, or the same number (3 and
 * 3.0); true and false in any case, and also as 1 and 0. */
bool space_table_value_is(const char *value, const char *field);

/* Nothing, or one of the words that tables have for it: NA, nan, null and the like. */
bool space_table_is_hole(const char *field);

#endif
