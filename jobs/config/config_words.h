/* What the values of keys may be whose enums are in config.h; those of predictors and searches
 * stand with their options (option_words.h, search_options.h). Constant. */
#ifndef JOBS_CONFIG_CONFIG_WORDS_H
#define JOBS_CONFIG_CONFIG_WORDS_H

#include "base/words.h"

extern const struct words label_words;           /* enum config_labels */
extern const struct words order_words;           /* enum config_order */
extern const struct words test_words;            /* enum config_test */
extern const struct words kind_words;            /* enum config_evaluator */
extern const struct words coordinator_words;     /* enum config_coordinator */
extern const struct words score_precision_words; /* enum config_precision */
extern const struct words goal_words;            /* enum config_goal */
extern const struct words apart_words;           /* enum config_apart */

#endif
