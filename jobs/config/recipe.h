/* What the keys of a training are that its job file leaves out: by `effort`, and by how much there
 * is to learn from. The table in recipe.c is all there is to say about it. Local, constant. */
#ifndef JOBS_CONFIG_RECIPE_H
#define JOBS_CONFIG_RECIPE_H

#include "base/words.h"
#include "jobs/config/config.h"

#include <stddef.h>
#include <stdio.h>

extern const struct words effort_words;        /* of a training; enum effort */
extern const struct words search_effort_words; /* of a search */

/* What there is to learn from. */
struct recipe_facts {
    size_t labels;   /* rows that are trained on */
    size_t networks; /* different ones of the dataset, with labels or without */
    double nodes;    /* of a network, on average */
};

/* The bit of config_values.recipe_given of this key; 0: it is in no recipe. */
uint32_t recipe_bit(const char *path);

/* Sets all keys of the recipe that the job file does not give (v->recipe_given). v->effort is the
 * effort. */
void recipe_apply(struct config_values *v, const struct recipe_facts *facts);

/* The model of a search whose job file leaves it to its effort. */
void recipe_apply_search(struct config_values *v);

/* The keys of the recipe and their values, such as "training.epochs 100, ...". */
void recipe_text(const struct config_values *v, char *out, size_t bytes);

/* The table, in Markdown, which a terminal can show too. */
void recipe_print(FILE *out);

#endif
