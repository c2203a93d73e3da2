/* A trained predictor: options, vocabulary, scaling and weights; its file. Local. */
#ifndef PREDICTOR_SCORING_PREDICTOR_H
#define PREDICTOR_SCORING_PREDICTOR_H

#include "base/digest.h"
#include "predictor/inputs/options.h"
#include "predictor/scoring/features.h"
#include "predictor/scoring/normal_scores.h"

#include <stdbool.h>
#include <stddef.h>

/* A prediction is slope * (the members' mean output) + the process's mean + weight * (what the
 * process adds to its mean). */
struct gp_blend {
    double slope, weight;
};

struct predictor {
    struct arena arena; /* owns names */
    struct predictor_options options;
    struct vocabulary vocabulary;
    char *label; /* what it predicts */
    /* Of a base (predictor/training/network_base.h): what it was made of. Else "". */
    char base[HASH128_TEXT_BYTES];
    struct features features; /* whose numbers are the last options.attributes.features */
    /* The best networks have the lowest labels. Files that do not say so: the highest. */
    bool minimise;
    enum target_transform transform;
    struct normal_scores scores; /* of transform TARGET_NORMAL_SCORES */
    double target_mean, target_deviation;
    double *lookup;    /* (vocabulary), standardised units, of the output; NULL: none. Owned */
    size_t parameters; /* of one member */
    /* (predictor_networks(), parameters): the members, and behind them, where options.head is not
     * linear, the network whose embeddings the Gaussian process works on (gp_head.h); owned. */
    float *weights;
    /* Of targets in standardised units; owned. Zeroed where options.head is linear, or before it is
     * fitted. */
    struct gp_model gp;
    struct gp_blend blend;
};

/* A predictor with weights allocated and zero. */
enum status predictor_init(struct predictor *p, const struct predictor_options *o,
                           const struct vocabulary *v, const char *label);
enum status predictor_read(struct predictor *p, const char *path);
/* Atomic. `sha256`: of header and weights, as text of SHA256_TEXT_BYTES; it is of what a network is
 * predicted: `minimise`, which only says what is made of that, is left out, as is the Gaussian
 * process, whose last bits depend on the process grid. */
enum status predictor_write(const struct predictor *p, const char *path);
/* The same with at most `most` weights in a record of the file: a large network has several. */
enum status predictor_write_cut(const struct predictor *p, const char *path, size_t most);
enum status predictor_sha256(const struct predictor *p, char *sha256);
void predictor_release(struct predictor *p);

/* Gives a predictor a copy of these; its options were made for their numbers. */
enum status predictor_set_features(struct predictor *p, const struct features *f);

/* How many networks it has: the members, and one for the Gaussian process if there is to be one. */
uint32_t predictor_networks(const struct predictor *p);

/* Of a node, without those of the whole network (its features). */
uint32_t predictor_own_attributes(const struct predictor *p);

/* What the look-up table adds to the members' output for a graph; 0 where there is none. */
double predictor_lookup(const struct predictor *p, const struct graph *g);

/* Derivative of predictor_target_of_label by the label. */
double predictor_target_slope(const struct predictor *p, double label);
/* Label -> the standardised number the network is trained on, and back. */
double predictor_target_of_label(const struct predictor *p, double label);
double predictor_label_of_output(const struct predictor *p, double output);

#endif
