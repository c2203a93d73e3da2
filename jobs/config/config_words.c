/* The words of keys whose enums are in config.h (config_words.h). */
#include "jobs/config/config_words.h"

#include "jobs/config/config.h"

static const struct word orders[] = {
    {"random", ORDER_RANDOM, "rows are drawn by split.seed"},
    {"file", ORDER_FILE, "the first rows of the file"},
};
static const struct word tests[] = {
    {"others", TEST_OTHERS, "all rows that are not trained on"},
    {"all", TEST_ALL, "all rows of the file"},
    {"new", TEST_NEW, "rows whose network is no copy of one that is trained on"},
};
static const struct word labels[] = {
    {"auto", LABELS_AUTO,
     "labels that are penalties, such as 1e20 for a network that failed, are left "
     "out, from the test too, which is said"},
    {"as_is", LABELS_AS_IS, "all are taken as they stand"},
    {"ranks", LABELS_RANKS, "all are taken, by their ranks (training.target: normal_scores)"},
};
static const struct word kinds[] = {
    {"table", EVALUATOR_TABLE, "looks values up in a dataset file"},
    {"command", EVALUATOR_COMMAND, "runs a program for each network"},
    {"ask", EVALUATOR_ASK, "runs nothing: sibyl ask gives out networks, sibyl tell takes values"},
};
static const struct word coordinators[] = {
    {"shared", COORDINATOR_SHARED, "rank 0 evaluates too where it would wait"},
    {"dedicated", COORDINATOR_DEDICATED, "rank 0 only coordinates, if there is another rank"},
};
static const struct word precisions[] = {
    {"auto", CONFIG_PRECISION_AUTO, "bf16 for many networks if a sample is ranked as in float32"},
    {"float32", CONFIG_PRECISION_FLOAT32, "all products in float32"},
    {"bf16", CONFIG_PRECISION_BF16, "bfloat16 operands, on CPUs with AVX512-BF16"},
};
static const struct word goals[] = {
    {"predictor", GOAL_PREDICTOR, "as the predictor was trained (data.minimise)"},
    {"max", GOAL_MAX, "the highest scores"},
    {"min", GOAL_MIN, "the lowest scores"},
};
static const struct word aparts[] = {
    {"auto", APART_AUTO, "side by side where values come from a table, else in turn"},
    {"side_by_side", APART_SIDE_BY_SIDE, "each search on one rank, as many at once as ranks"},
    {"in_turn", APART_IN_TURN, "each search on all ranks, one after the other"},
};

const struct words label_words = WORDS_OF(labels);
const struct words order_words = WORDS_OF(orders);
const struct words test_words = WORDS_OF(tests);
const struct words kind_words = WORDS_OF(kinds);
const struct words coordinator_words = WORDS_OF(coordinators);
const struct words score_precision_words = WORDS_OF(precisions);
const struct words goal_words = WORDS_OF(goals);
const struct words apart_words = WORDS_OF(aparts);
