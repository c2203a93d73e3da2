/* What a predictor is, and how it is trained. Plain values; the job file fills them in. */
#ifndef PREDICTOR_INPUTS_OPTIONS_H
#define PREDICTOR_INPUTS_OPTIONS_H

#include "base/fixed_point.h"
#include "base/status.h"
#include "predictor/gp/gp_model.h"
#include "predictor/inputs/attributes.h"
#include "proto/graph/canon.h"

#include <stdbool.h>
#include <stdint.h>

#define PREDICTOR_HEADS_MAX 32
#define PREDICTOR_LAYERS_MAX 64
#define PREDICTOR_WIDTH_MAX 2048
#define PREDICTOR_MEMBERS_MAX 64
#define PREDICTOR_OUTPUTS_MAX 4096
#define PREDICTOR_FEEDFORWARD_MAX (4 * PREDICTOR_WIDTH_MAX)
#define PREDICTOR_DEPTHS 32 /* depth tokens: of 0 .. 31 nodes; larger graphs share the last */
/* Rows of the embedding table; the class token is the first. */
#define PREDICTOR_TOKEN_ROWS (1 + PREDICTOR_DEPTHS)

/* Which nodes a head may attend to; every topology contains the node itself (NNFORMER.md, section
 * 2). */
enum topology {
    TOPOLOGY_FORWARD,        /* successors */
    TOPOLOGY_BACKWARD,       /* predecessors */
    TOPOLOGY_SIBLING_PARENT, /* nodes that share a parent */
    TOPOLOGY_SIBLING_CHILD,  /* nodes that share a child */
    TOPOLOGY_GLOBAL,         /* all nodes of the graph */
    TOPOLOGY_REACH,          /* all nodes that a path leads to */
    TOPOLOGY_COUNT
};
const char *topology_name(enum topology t);
enum status topology_parse(const char *name, enum topology *out);

enum readout { READOUT_MEAN, READOUT_SUM, READOUT_OUTPUT_NODE, READOUT_CLASS_TOKEN };
const char *readout_name(enum readout r);
enum status readout_parse(const char *name, enum readout *out);

/* What predicts from the pooled embeddings. */
enum head {
    HEAD_LINEAR,   /* the network's own linear layer */
    HEAD_GP,       /* a Gaussian process of the labels */
    HEAD_LINEAR_GP /* the linear layer, and a Gaussian process of what it leaves */
};

const char *graph_form_name(enum graph_form f);
enum status graph_form_parse(const char *name, enum graph_form *out);

struct predictor_options {
    uint32_t layers, width, feedforward; /* feedforward: 0 means 4 * width */
    uint32_t head_count;
    enum topology heads[PREDICTOR_HEADS_MAX]; /* head_count must divide width */
    enum readout readout;
    enum graph_form graph_form;
    bool convolution;  /* the feed-forward sums over neighbours; false: an ablation */
    bool multiplicity; /* ... as often as there are edges; false: each neighbour once */
    bool lookup; /* a number for each node by its operation is added (predictor/inputs/lookup.h) */
    bool tokens; /* a class and a depth token beside the nodes (NNFORMER.md, section 5) */
    uint32_t members; /* networks in the ensemble; the prediction is their mean */
    /* Numbers that the network's head gives: the prediction first, then what else it was trained on
     * (training_set.labels). 0 means 1. */
    uint32_t outputs;
    enum head head;
    enum gp_kernel kernel;                /* of the Gaussian process */
    struct attribute_encoding attributes; /* of the nodes; follows from the data set */
};

/* A value that is trained on instead of the label itself; predictions come back in label units. */
enum target_transform {
    TARGET_PLAIN,
    TARGET_LOG_ERROR, /* -log(1.02 - label), for accuracies as fractions: spreads the good ones */
    TARGET_NORMAL_SCORES, /* by rank among the training labels (predictor/scoring/normal_scores.h)
                           */
    TARGET_AUTO           /* log_error where every training label is in 0..1, else plain */
};

/* Of the operands of matrix products; sums, weights, norms and attention are in float32. */
enum precision { PRECISION_FLOAT32, PRECISION_BF16 };

/* Bounds of training_options: those of the keys of job files, and of the checks below. */
#define TRAINING_EPOCHS_MAX 1000000
#define TRAINING_BATCH_MAX 1000000
#define TRAINING_SHARDS_MAX FIXED_ADDENDS_MAX
#define TRAINING_RATE_MIN 1e-9
#define TRAINING_RATE_MAX 1.0
#define TRAINING_DECAY_MAX 10.0
#define TRAINING_CLIP_MAX 1e6
#define TRAINING_EMA_MAX 0.999999
#define TRAINING_DROPOUT_MAX 0.9
#define TRAINING_INIT_SCALE_MAX 100.0
#define TRAINING_WEIGHT_MAX 1e6
#define TRAINING_MARGIN_MAX 100.0

/* The losses, one a line: its key in job files (a weight in training_options.loss), the weight
 * where none is given, its function in predictor/training/loss.c, and a sentence for help. A new
 * loss is a line here and a function there. Losses that share a function stand side by side. */
#define TRAINING_LOSSES(X)                                                                         \
    X(l1, 0.3, pointwise, "the mean absolute error")                                               \
    X(mse, 0, pointwise, "the mean squared error")                                                 \
    X(mape, 0, pointwise, "the mean relative error, in label units")                               \
    X(rank_all, 1, rank_all, "the logistic loss of the order of all pairs of a batch")             \
    X(rank_random, 0, rank_random, "the error of the differences of random pairs")

struct training_options {
    uint32_t epochs, batch, shards;
    double rate, rate_floor; /* peak, and the last one as a part of it */
    double warmup;           /* part of all steps */
    double decay, clip,
        ema;           /* weight decay; gradient norm, 0 = off; EMA factor per step, 0 = off */
    double dropout;    /* on attention, its output, the hidden layer and its output */
    double init_scale; /* times 1/sqrt(columns) for matrices; 0: the paper's 0.02 */
    struct {
        /* Weights of the losses. */
#define TRAINING_LOSS_FIELD(name, weight, function, sentence) double name;
        TRAINING_LOSSES(TRAINING_LOSS_FIELD)
#undef TRAINING_LOSS_FIELD
        /* Weight of the mean squared error of the other outputs. */
        double auxiliary;
        /* rank_all takes pairs with |t_i - t_j| above it, in standardised units. */
        double rank_margin;
    } loss;
    uint32_t
        folds; /* of the networks that tell a Gaussian process how wrong the members are on new
                  rows (predictor/training/gp_head.h); 0: none, it asks the members themselves */
    enum target_transform transform;
    enum precision precision; /* bfloat16 wants a CPU that has it, on every rank */
};

const char *head_name(enum head h);
enum status head_parse(const char *name, enum head *out);

/* Defaults that work well: 4 x 96, the paper's four heads, canonical graphs. */
void predictor_options_default(struct predictor_options *o);
void training_options_default(struct training_options *o);

/* Checks all bounds; the message names the key as in the job file ("predictor.width: want ..."). */
enum status predictor_options_check(const struct predictor_options *o);
enum status training_options_check(const struct training_options *o);

#endif
