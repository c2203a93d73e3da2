/* The words for the choices that a predictor and its training have: in job files, in predictor
 * files and in help. Local, constant. */
#ifndef PREDICTOR_INPUTS_OPTION_WORDS_H
#define PREDICTOR_INPUTS_OPTION_WORDS_H

#include "base/words.h"

extern const struct words topology_words;  /* enum topology */
extern const struct words readout_words;   /* enum readout */
extern const struct words head_words;      /* enum head */
extern const struct words kernel_words;    /* enum gp_kernel */
extern const struct words form_words;      /* enum graph_form */
extern const struct words target_words;    /* enum target_transform */
extern const struct words precision_words; /* enum precision */

#endif
