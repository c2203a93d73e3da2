#include "predictor/inputs/option_words.h"

#include "predictor/inputs/options.h"

static const struct word topologies[] = {
    {"forward", TOPOLOGY_FORWARD, "a node attends to its successors"},
    {"backward", TOPOLOGY_BACKWARD, "a node attends to its predecessors"},
    {"sibling_parent", TOPOLOGY_SIBLING_PARENT, "a node attends to nodes that share a parent"},
    {"sibling_child", TOPOLOGY_SIBLING_CHILD, "a node attends to nodes that share a child"},
    {"global", TOPOLOGY_GLOBAL, "a node attends to all nodes of its graph"},
    {"reach", TOPOLOGY_REACH, "a node attends to all nodes that a path leads to"},
};
static const struct word readouts[] = {
    {"mean", READOUT_MEAN, "the mean over the nodes"},
    {"sum", READOUT_SUM, "the sum over the nodes"},
    {"output_node", READOUT_OUTPUT_NODE, "the output node"},
    {"class_token", READOUT_CLASS_TOKEN, "the class token, which predictor.tokens adds"},
};
static const struct word heads[] = {
    {"linear", HEAD_LINEAR, "the network's own linear layer"},
    {"gp", HEAD_GP, "a Gaussian process of the labels"},
    {"linear+gp", HEAD_LINEAR_GP, "the linear layer, and a Gaussian process of what it leaves"},
};
static const struct word kernels[] = {
    {"matern52", GP_MATERN52, "Matern's, with smoothness 5/2"},
    {"rbf", GP_RBF, "the squared exponential"},
};
static const struct word forms[] = {
    {"canonical", GRAPH_CANONICAL,
     "identity operations and nodes that no path uses are taken out, the rest is in canonical "
     "order"},
    {"live", GRAPH_LIVE, "nodes that no path uses are taken out"},
    {"raw", GRAPH_RAW, "every node as it stands in the file"},
};
static const struct word targets[] = {
    {"auto", TARGET_AUTO, "log_error where every training label is in 0..1, else plain"},
    {"plain", TARGET_PLAIN, "the label itself"},
    {"log_error", TARGET_LOG_ERROR,
     "-log(1.02 - label), for accuracies as fractions: it spreads the good ones"},
    {"normal_scores", TARGET_NORMAL_SCORES,
     "the normal quantile of the label's rank among the training labels"},
};
static const struct word precisions[] = {
    {"float32", PRECISION_FLOAT32, "all products in float32"},
    {"bf16", PRECISION_BF16, "matrix products take bfloat16 operands, on CPUs with AVX512-BF16"},
};

const struct words topology_words = WORDS_OF(topologies);
const struct words readout_words = WORDS_OF(readouts);
const struct words head_words = WORDS_OF(heads);
const struct words kernel_words = WORDS_OF(kernels);
const struct words form_words = WORDS_OF(forms);
const struct words target_words = WORDS_OF(targets);
const struct words precision_words = WORDS_OF(precisions);
