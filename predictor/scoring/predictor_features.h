/* Features in the header of a predictor file. Local. */
#ifndef PREDICTOR_SCORING_PREDICTOR_FEATURES_H
#define PREDICTOR_SCORING_PREDICTOR_FEATURES_H

#include "predictor/scoring/features.h"
#include "proto/graph/codec.h"

/* Fills in the fields of the header, whose lists are the arena's or borrowed. */
enum status predictor_features_to_header(const struct features *f, uint32_t waves,
                                         struct arena *arena, Sibyl__PredictorHeader *h);

/* How many numbers of a network the header's features are. */
size_t predictor_features_in_header(const Sibyl__PredictorHeader *h);

/* Untrusted. All memory is the arena's. SIBYL_E_FORMAT: the fields do not fit together. */
enum status predictor_features_from_header(struct features *out, struct arena *arena,
                                           const Sibyl__PredictorHeader *h);

#endif
