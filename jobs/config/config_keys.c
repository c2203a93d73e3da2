#include "jobs/config/config_keys.h"

#include "jobs/config/config_words.h"
#include "jobs/config/experiment_grid.h"
#include "jobs/config/recipe.h"
#include "predictor/inputs/option_words.h"

#include <stddef.h>

#define TRAIN (1u << CONFIG_TRAIN)
#define SCORE (1u << CONFIG_SCORE)
#define SEARCH (1u << CONFIG_SEARCH)
#define MODEL (TRAIN | SEARCH) /* verbs that train predictors */
#define ALL (TRAIN | SCORE | SEARCH)

/* 2^53: every tool reads it back unchanged. */
#define SEED_MAX 9007199254740992.0
#define SECONDS_MAX 1e9
#define LIST_MAX 1024
#define EPOCHS_MAX 1e15
#define BUDGET_MIN 1e-6

/* Where a value stands; what follows in the row are its bounds. */
#define AT(field)                                                                                  \
    .offset = offsetof(struct config_values, field),                                               \
    .bytes = sizeof(((struct config_values *)NULL)->field)
#define RECORDS_AT(field)                                                                          \
    .offset = offsetof(struct config_values, field),                                               \
    .bytes = sizeof(*((struct config_values *)NULL)->field)
#define OF(record, field)                                                                          \
    .offset = offsetof(struct record, field), .bytes = sizeof(((struct record *)NULL)->field)
#define COUNT_AT(field) .count_offset = offsetof(struct config_values, field)
#define SECTION(path, verbs, text)                                                                 \
    {                                                                                              \
        path, verbs, KEY_SECTION, .sentence = text                                                 \
    }
#define LOSS(name, weight, function, text)                                                         \
    {"training.loss." #name,           MODEL, KEY_NUMBER,                                          \
     AT(training.options.loss.name),   0,     TRAINING_WEIGHT_MAX,                                 \
     .sentence = "Weight of " text "."},

/* clang-format off */
static const struct config_key keys[] = {
    {"space", SEARCH, KEY_SPACE, AT(space), .flags = KEY_NEEDED,
     .sentence = "Search space: nasbench201, nasbench101, digits201, or the path of a space file "
                 "(.yaml)."},
    {"space.file", SEARCH, KEY_PATH, AT(pool),
     .sentence = "In place of a name, as in space: {file: pool.sibyl}: the networks of this dataset "
                 "file are the space."},

    SECTION("evaluator", SEARCH, "What gives a network its value."),
    {"evaluator.kind", SEARCH, KEY_WORD, AT(evaluator.kind), .words = &kind_words,
     .sentence = "How networks are evaluated."},
    {"evaluator.file", SEARCH, KEY_PATH, AT(evaluator.file),
     .sentence = "Dataset file of a table: it holds the values of all networks."},
    {"evaluator.value", SEARCH, KEY_TEXT, AT(evaluator.value),
     .sentence = "Label of the table, or key of the program's answer or of what is told, that is "
                 "searched for."},
    {"evaluator.command", SEARCH, KEY_TEXTS, AT(evaluator.command), 1, LIST_MAX,
     COUNT_AT(evaluator.words),
     .sentence = "The program that evaluates a network, and its arguments; docs/evaluators.md says "
                 "what it is told and what it says."},
    {"evaluator.folder", SEARCH, KEY_PATH, AT(evaluator.folder), .flags = KEY_MAY_CHANGE,
     .sentence = "Folder that the program runs in. Without it: that of the job file."},
    {"evaluator.timeout_s", SEARCH, KEY_NUMBER, AT(evaluator.timeout_s), 0.001, SECONDS_MAX,
     .flags = KEY_MAY_CHANGE,
     .sentence = "Seconds that one evaluation may take before it is ended and counts as failed."},
    {"evaluator.grace_s", SEARCH, KEY_NUMBER, AT(evaluator.grace_s), 0, SECONDS_MAX,
     .flags = KEY_MAY_CHANGE,
     .sentence = "Seconds that a program has to end by itself, when it is told to (SIGTERM) because "
                 "its time is over or the search stops, before it is killed."},
    {"evaluator.retries", SEARCH, KEY_WHOLE, AT(evaluator.retries), 0, 1000,
     .flags = KEY_MAY_CHANGE,
     .sentence = "How often an evaluation is tried again that failed for the machine's sake (exit "
                 "status 75)."},
    {"evaluator.pause_s", SEARCH, KEY_NUMBER, AT(evaluator.pause_s), 0, SECONDS_MAX,
     .flags = KEY_MAY_CHANGE,
     .sentence = "Seconds before it is tried again; before each further time twice as long, up to "
                 "10 minutes."},
    {"evaluator.give_up_after", SEARCH, KEY_WHOLE, AT(evaluator.give_up_after), 0,
     SEARCH_EVALUATIONS_MAX, .flags = KEY_MAY_CHANGE,
     .sentence = "The search ends when the first so many evaluations of a program all fail for the "
                 "same reason. 0: never."},
    {"evaluator.gpus", SEARCH, KEY_WHOLE, AT(evaluator.gpus), 0, 1024, .flags = KEY_MAY_CHANGE,
     .sentence = "GPUs of each evaluation: its share of those of the node, in CUDA_VISIBLE_DEVICES. "
                 "0 leaves that variable as it is."},
    {"evaluator.memory_gb", SEARCH, KEY_NUMBER, AT(evaluator.memory_gb), 0, 1e6,
     .flags = KEY_MAY_CHANGE,
     .sentence = "Memory that each process of an evaluation may allocate, in 10^9 bytes "
                 "(RLIMIT_DATA). 0: unbounded."},
    {"evaluator.scratch", SEARCH, KEY_PATH, AT(evaluator.scratch), .flags = KEY_MAY_CHANGE,
     .sentence = "Folder in which each evaluation gets a scratch folder of its own, which is removed "
                 "after it. Without it: $TMPDIR, or /tmp."},
    {"evaluator.log_mb", SEARCH, KEY_NUMBER, AT(evaluator.log_mb), 0, 1e6, .flags = KEY_MAY_CHANGE,
     .sentence = "How much of what an evaluation prints is kept in evaluations/N.log, in 10^6 bytes: "
                 "its beginning and its end. 0 keeps none."},
    {"evaluator.minimise", SEARCH, KEY_SWITCH, AT(evaluator.minimise),
     .sentence = "Whether the lowest value is the best."},

    {"evaluator.report", SEARCH, KEY_TEXTS, AT(evaluator.report), 1, OBJECTIVE_REPORTS_MAX,
     COUNT_AT(evaluator.report_count),
     .sentence = "Labels of the table, or keys of the answer, that are shown of what was chosen, and "
                 "never looked at by the search, such as a test accuracy."},

    {"objectives", SEARCH, KEY_RECORDS, RECORDS_AT(objectives), 1, OBJECTIVES_MAX, COUNT_AT(objective_count),
     .sentence = "What is searched for, in the place of evaluator.value: of several objectives the "
                 "networks that no other one beats in all of them (docs/objectives.md)."},
    {"objectives.value", SEARCH, KEY_TEXT, OF(config_objective, value),
     .flags = KEY_NEEDED | KEY_OF_RECORD,
     .sentence = "Label of the table, or key of the answer."},
    {"objectives.goal", SEARCH, KEY_WORD, OF(config_objective, goal), .words = &objective_goal_words,
     .flags = KEY_NEEDED | KEY_OF_RECORD, .sentence = "Which of its values are the best."},
    {"objectives.reference", SEARCH, KEY_NUMBER, OF(config_objective, reference), -1e300, 1e300,
     .flags = KEY_OF_RECORD,
     .sentence = "Its value at the corner from which the hypervolume is measured: no network that is "
                 "worse counts. Without it: the worst value among the evaluations so far."},
    {"limits", SEARCH, KEY_RECORDS, RECORDS_AT(limits), 1, OBJECTIVE_LIMITS_MAX, COUNT_AT(limit_count),
     .sentence = "What a network must keep to be an answer. One that does not is learnt from."},
    {"limits.value", SEARCH, KEY_TEXT, OF(config_limit, value), .flags = KEY_NEEDED | KEY_OF_RECORD,
     .sentence = "Label of the table, or key of the answer."},
    {"limits.at_most", SEARCH, KEY_NUMBER, OF(config_limit, at_most), -1e300, 1e300,
     .flags = KEY_OF_RECORD, .sentence = "The highest value that is allowed."},
    {"limits.at_least", SEARCH, KEY_NUMBER, OF(config_limit, at_least), -1e300, 1e300,
     .flags = KEY_OF_RECORD, .sentence = "The lowest value that is allowed."},
    {"predicted", SEARCH, KEY_RECORDS, RECORDS_AT(predicted), 1, OBJECTIVE_VALUES_MAX,
     COUNT_AT(predicted_count),
     .sentence = "Values of objectives and limits that a trained predictor gives, and no "
                 "evaluation. A network that breaks a limit on one is not evaluated."},
    {"predicted.value", SEARCH, KEY_TEXT, OF(config_predicted, value),
     .flags = KEY_NEEDED | KEY_OF_RECORD, .sentence = "The value's name in objectives or limits."},
    {"predicted.predictor", SEARCH, KEY_PATH, OF(config_predicted, predictor),
     .flags = KEY_NEEDED | KEY_OF_RECORD, .sentence = "Predictor file, from sibyl train."},

    SECTION("search", SEARCH, "How the search goes on, and when it ends."),
    {"search.algorithm", SEARCH, KEY_WORD, AT(search.options.algorithm), .words = &algorithm_words,
     .sentence = "What chooses the networks to evaluate."},
    {"search.evaluations", SEARCH, KEY_WHOLE, AT(search.options.evaluations), 0,
     SEARCH_EVALUATIONS_MAX, .flags = KEY_MAY_CHANGE,
     .sentence = "Distinct networks that are evaluated at most. 0 sets no bound, for an exhaustive "
                 "search or one with a target."},
    {"search.target", SEARCH, KEY_TEXT, AT(search.target), .flags = KEY_MAY_CHANGE,
     .sentence = "The search ends at this value: a number, or best, the best one of a table."},
    {"search.initial", SEARCH, KEY_WHOLE, AT(search.options.initial), SEARCH_INITIAL_MIN,
     SEARCH_INITIAL_MAX,
     .sentence = "Random networks that predictor and banana evaluate before a model chooses. 0 takes "
                 "6 where the model is of structure, else 20."},
    {"search.batch", SEARCH, KEY_WHOLE, AT(search.options.batch), 0, SEARCH_BATCH_MAX,
     .sentence = "Evaluations in a round. 0 takes 64 for an exhaustive search and 10 for banana; on "
                 "a table 1 for aging, local and a model of structure, and 5 for a network or "
                 "several objectives; else 8."},
    {"search.population", SEARCH, KEY_WHOLE, AT(search.options.population), SEARCH_POPULATION_MIN,
     SEARCH_POPULATION_MAX, .sentence = "Networks that live at once, for aging and nsga2."},
    {"search.sample", SEARCH, KEY_WHOLE, AT(search.options.sample), 1, SEARCH_POPULATION_MAX,
     .sentence = "Networks that a tournament draws, for aging; at most search.population."},
    {"search.candidates", SEARCH, KEY_WHOLE, AT(search.options.candidates), 1,
     SEARCH_CANDIDATES_MAX,
     .sentence = "Networks that are bred and scored in each round, for predictor. Small spaces are "
                 "scored whole."},
    {"search.model", SEARCH, KEY_WORD, AT(search.options.model), .words = &model_words,
     .sentence = "What chooses among the candidates of predictor."},
    {"search.exploration", SEARCH, KEY_NUMBER, AT(search.options.exploration), 0,
     SEARCH_EXPLORATION_MAX,
     .sentence = "Deviations over the network's members that are added to their mean, for "
                 "predictor."},
    {"search.known", SEARCH, KEY_PATHS, AT(search.known), 0, LIST_MAX, COUNT_AT(search.known_count),
     .sentence = "Results that are known beforehand: folders of searches, dataset files with the "
                 "value's label, CSV files. They are learnt from, and are neither evaluated again "
                 "nor counted as evaluations."},
    {"search.experiment", SEARCH, KEY_WORD, AT(search.apart), .words = &apart_words,
     .flags = KEY_MAY_CHANGE | KEY_QUIET, .sentence = "How the searches of an experiment share the ranks."},
    {"search.coordinator", SEARCH, KEY_WORD, AT(search.coordinator), .words = &coordinator_words,
     .flags = KEY_MAY_CHANGE, .sentence = "What rank 0 does."},
    {"search.pace", SEARCH, KEY_WORD, AT(search.options.pace), .words = &pace_words,
     .flags = KEY_MAY_CHANGE,
     .sentence = "Whether the search waits for the end of a round before it proposes further "
                 "networks."},

    {"search.epochs", SEARCH, KEY_NUMBER, AT(search.options.fidelity.epochs), 0, EPOCHS_MAX,
     .flags = KEY_MAY_CHANGE | KEY_QUIET,
     .sentence = "Epochs that all evaluations together may spend, counted by their budgets "
                 "(search.fidelity.max). Without search.evaluations these have no bound then."},
    {"search.fidelity", SEARCH, KEY_SECTION, .flags = KEY_QUIET,
     .sentence = "Budgets of evaluations, and which of them end early (docs/fidelities.md)."},
    {"search.fidelity.min", SEARCH, KEY_NUMBER, AT(search.min_budget), BUDGET_MIN,
     FIDELITY_BUDGET_MAX, .flags = KEY_QUIET,
     .sentence = "The smallest budget, in epochs or in whatever the program counts."},
    {"search.fidelity.max", SEARCH, KEY_NUMBER, AT(search.max_budget), BUDGET_MIN,
     FIDELITY_BUDGET_MAX, .flags = KEY_QUIET,
     .sentence = "The budget of a whole evaluation, on whose values the search is judged."},
    {"search.fidelity.eta", SEARCH, KEY_NUMBER, AT(search.eta), FIDELITY_ETA_MIN, FIDELITY_ETA_MAX,
     .flags = KEY_QUIET,
     .sentence = "One network in eta goes on to the next budget, which is eta times as large. "
                 "Without it: 3; with search.fidelity.columns the ratio of the two budgets."},
    {"search.fidelity.columns", SEARCH, KEY_RECORDS, RECORDS_AT(search.columns), 1, TABLE_COLUMNS_MAX,
     COUNT_AT(search.column_count), .flags = KEY_QUIET,
     .sentence = "Of a table: the labels that hold values of smaller budgets."},
    {"search.fidelity.columns.budget", SEARCH, KEY_NUMBER, OF(config_column, budget), BUDGET_MIN,
     FIDELITY_BUDGET_MAX, .flags = KEY_NEEDED | KEY_OF_RECORD, .sentence = "The budget."},
    {"search.fidelity.columns.value", SEARCH, KEY_TEXT, OF(config_column, value),
     .flags = KEY_NEEDED | KEY_OF_RECORD, .sentence = "Label of the table."},
    {"search.fidelity.columns.of", SEARCH, KEY_TEXT, OF(config_column, of), .flags = KEY_OF_RECORD,
     .sentence = "The value of objectives or limits in the place of which it stands. Without it: "
                 "evaluator.value, or the first objective."},
    {"search.fidelity.continue", SEARCH, KEY_SWITCH, AT(search.goes_on), .flags = KEY_QUIET,
     .sentence = "Whether a program goes on from the checkpoint that it left with the budget before, "
                 "so that only the difference is paid. Never so on tables."},
    {"search.fidelity.stop", SEARCH, KEY_WORD, AT(search.options.fidelity.stop),
     .words = &fidelity_stop_words, .flags = KEY_QUIET,
     .sentence = "Which rule ends programs while they run, by the results that they print with a "
                 "number step. Then each begins with the whole budget."},

    SECTION("ranks", SEARCH, "Who does what in a search of free pace."),
    {"ranks.evaluate", SEARCH, KEY_WHOLE, AT(search.options.ranks_evaluate), 0, SEARCH_RANKS_MAX,
     .flags = KEY_MAY_CHANGE,
     .sentence = "Ranks that evaluate, the last ones. 0 takes all that do not train, and rank 0 "
                 "too where no predictor is trained and search.coordinator is shared."},
    {"ranks.train", SEARCH, KEY_WHOLE, AT(search.options.ranks_train), 0, SEARCH_RANKS_MAX,
     .flags = KEY_MAY_CHANGE,
     .sentence = "Ranks that train the predictor and score with it while others evaluate, the "
                 "first ones. 0 takes those that do not evaluate, or rank 0 alone."},

    SECTION("data", MODEL, "What is learnt from."),
    {"data.file", TRAIN, KEY_PATH, AT(data.file), .flags = KEY_NEEDED,
     .sentence = "Dataset file to train on, from sibyl import."},
    {"data.label", TRAIN, KEY_TEXT, AT(data.label), .flags = KEY_NEEDED,
     .sentence = "Label of the dataset that is predicted."},
    {"data.test_label", TRAIN, KEY_TEXT, AT(data.test_label),
     .sentence = "Label that predictions are tested against. Without it: data.label."},
    {"data.graph", MODEL, KEY_WORD, AT(data.graph), .words = &form_words,
     .sentence = "What a predictor sees of a network."},
    {"data.connected", TRAIN, KEY_SWITCH, AT(data.connected), .flags = KEY_QUIET,
     .sentence = "Whether networks without a path from input to output are left out."},
    {"data.minimise", TRAIN, KEY_SWITCH, AT(data.minimise),
     .sentence = "Whether the networks with the lowest labels are the best, as for latencies."},
    {"data.labels", TRAIN, KEY_WORD, AT(data.labels), .words = &label_words, .flags = KEY_QUIET,
     .sentence = "Whether labels are looked through for penalties: numbers beyond a wide gap."},
    {"data.features", TRAIN, KEY_TEXTS, AT(data.features), 0, GRAPH_ATTRIBUTES_MAX,
     COUNT_AT(data.feature_count), .flags = KEY_QUIET,
     .sentence = "Labels of the dataset that are known of every network and are inputs beside its "
                 "graph, such as FLOPs, parameters or zero-cost scores. What is scored later must "
                 "have them too."},

    SECTION("split", TRAIN, "Which rows are trained on, and which are tested."),
    {"split.train", TRAIN, KEY_ROWS, AT(split.train), 1e-6, 1e9,
     .sentence = "Rows to train on, as a whole number, or as a part of them below 1."},
    {"split.seed", TRAIN, KEY_WHOLE, AT(split.seed), 0, SEED_MAX,
     .sentence = "Seed of the draw of training rows. An experiment adds the number of the repeat."},
    {"split.order", TRAIN, KEY_WORD, AT(split.order), .words = &order_words,
     .sentence = "Which rows are trained on."},
    {"split.test", TRAIN, KEY_WORD, AT(split.test), .words = &test_words,
     .sentence = "Which rows are tested."},

    SECTION("predictor", MODEL, "The network that predicts: NN-Former."),
    {"predictor.layers", MODEL, KEY_WHOLE, AT(predictor.layers), 1, PREDICTOR_LAYERS_MAX,
     .sentence = "Transformer blocks."},
    {"predictor.width", MODEL, KEY_WHOLE, AT(predictor.width), 1, PREDICTOR_WIDTH_MAX,
     .sentence = "Numbers in the state of a node; a multiple of the number of heads."},
    {"predictor.feedforward", MODEL, KEY_WHOLE, AT(predictor.feedforward), 0,
     PREDICTOR_FEEDFORWARD_MAX,
     .sentence = "Width of the hidden layer of a block, an even number. 0 takes four times the "
                 "width."},
    {"predictor.heads", MODEL, KEY_WORDS, AT(predictor.heads), 1, PREDICTOR_HEADS_MAX,
     .words = &topology_words, COUNT_AT(predictor.head_count),
     .sentence = "Attention heads, by the nodes that each may attend to."},
    {"predictor.readout", MODEL, KEY_WORD, AT(predictor.readout), .words = &readout_words,
     .sentence = "What of the nodes' states is predicted from."},
    {"predictor.tokens", MODEL, KEY_SWITCH, AT(predictor.tokens),
     .sentence = "Whether a class token and a depth token stand beside the nodes."},
    {"predictor.head", MODEL, KEY_WORD, AT(predictor.head), .words = &head_words,
     .flags = KEY_QUIET, .sentence = "What predicts from the network's embedding."},
    {"predictor.kernel", MODEL, KEY_WORD, AT(predictor.kernel), .words = &kernel_words,
     .flags = KEY_QUIET, .sentence = "Covariance of the Gaussian process."},
    {"predictor.convolution", MODEL, KEY_SWITCH, AT(predictor.convolution),
     .sentence = "Whether the feed-forward layer sums over neighbours; false is an ablation."},
    {"predictor.multiplicity", MODEL, KEY_SWITCH, AT(predictor.multiplicity),
     .sentence = "Whether that sum counts a neighbour once for each edge; false is an ablation."},
    {"predictor.lookup", MODEL, KEY_SWITCH, AT(predictor.lookup),
     .sentence = "Whether a number for each operation, fitted by least squares, is added. For "
                 "latencies."},
    {"predictor.members", MODEL, KEY_WHOLE, AT(predictor.members), 1, PREDICTOR_MEMBERS_MAX,
     .sentence = "Networks of the ensemble; the prediction is their mean."},

    SECTION("training", MODEL, "How a predictor is trained."),
    {"training.epochs", MODEL, KEY_WHOLE, AT(training.options.epochs), 1, TRAINING_EPOCHS_MAX,
     .sentence = "Passes over the training rows."},
    {"training.batch", MODEL, KEY_WHOLE, AT(training.options.batch), 1, TRAINING_BATCH_MAX,
     .sentence = "Rows in a step, over all ranks."},
    {"training.shards", MODEL, KEY_WHOLE, AT(training.options.shards), 1, TRAINING_SHARDS_MAX,
     .sentence = "Parts that a batch is cut into. Results depend on it, but not on how many ranks "
                 "share the parts."},
    {"training.folds", MODEL, KEY_WHOLE, AT(training.options.folds), 0, PREDICTOR_MEMBERS_MAX,
     .flags = KEY_QUIET,
     .sentence = "Networks that leave rows out in turn, so that a Gaussian process learns how "
                 "wrong networks are on new rows. 0 has none; else at least 2."},
    {"training.rate", MODEL, KEY_NUMBER, AT(training.options.rate), TRAINING_RATE_MIN,
     TRAINING_RATE_MAX, .sentence = "Learning rate at its peak."},
    {"training.rate_floor", MODEL, KEY_NUMBER, AT(training.options.rate_floor), 0, 1,
     .sentence = "The last learning rate, as a part of the peak."},
    {"training.warmup", MODEL, KEY_NUMBER, AT(training.options.warmup), 0, 1,
     .sentence = "Part of all steps in which the learning rate rises to its peak."},
    {"training.decay", MODEL, KEY_NUMBER, AT(training.options.decay), 0, TRAINING_DECAY_MAX,
     .sentence = "Weight decay of AdamW."},
    {"training.clip", MODEL, KEY_NUMBER, AT(training.options.clip), 0, TRAINING_CLIP_MAX,
     .sentence = "Longer gradients are cut to this norm. 0 cuts none."},
    {"training.ema", MODEL, KEY_NUMBER, AT(training.options.ema), 0, TRAINING_EMA_MAX,
     .sentence = "Factor of the running mean of the weights, in each step. 0 keeps the last "
                 "weights."},
    {"training.dropout", MODEL, KEY_NUMBER, AT(training.options.dropout), 0, TRAINING_DROPOUT_MAX,
     .sentence = "Part of the activations that is dropped."},
    {"training.init_scale", MODEL, KEY_NUMBER, AT(training.options.init_scale), 0,
     TRAINING_INIT_SCALE_MAX,
     .sentence = "Deviation of the first weights, times 1/sqrt(columns). 0 takes 0.02 for all."},
    {"training.checkpoint_s", TRAIN, KEY_NUMBER, AT(training.checkpoint_s), 0, SECONDS_MAX,
     .flags = KEY_MAY_CHANGE, .sentence = "Seconds between checkpoints of a training."},
    {"training.target", MODEL, KEY_WORD, AT(training.options.transform), .words = &target_words,
     .sentence = "What the networks learn of a label."},
    {"training.precision", MODEL, KEY_WORD, AT(training.options.precision),
     .words = &precision_words, .sentence = "Precision of matrix products."},
    SECTION("training.loss", MODEL,
            "What training makes small: a sum of losses with these weights."),
    TRAINING_LOSSES(LOSS)
    {"training.loss.auxiliary", TRAIN, KEY_NUMBER, AT(training.options.loss.auxiliary), 0,
     TRAINING_WEIGHT_MAX,
     .sentence = "Weight of the mean squared error of what is learnt beside the label."},
    {"training.loss.rank_margin", MODEL, KEY_NUMBER, AT(training.options.loss.rank_margin), 0,
     TRAINING_MARGIN_MAX,
     .sentence = "Pairs whose labels are no further apart are left out of rank_all; in standard "
                 "deviations."},
    {"training.auxiliary", TRAIN, KEY_TEXTS, AT(training.auxiliary), 0, LIST_MAX,
     COUNT_AT(training.auxiliary_count),
     .sentence = "Other labels of the dataset to learn beside the one that is predicted."},
    {"training.structure", TRAIN, KEY_SWITCH, AT(training.structure), .flags = KEY_QUIET,
     .sentence = "Whether counts and path lengths that can be read off a graph are learnt too."},
    {"training.pretraining", TRAIN, KEY_WHOLE, AT(training.pretraining), 0, TRAINING_EPOCHS_MAX,
     .flags = KEY_QUIET,
     .sentence = "Epochs on what can be learnt of all networks of the file, before the label."},
    {"training.bases", TRAIN, KEY_WHOLE, AT(training.bases), 1, PREDICTOR_MEMBERS_MAX,
     .flags = KEY_QUIET,
     .sentence = "Networks that are pre-trained, at most one a member; members start from them in turn."},
    {"training.from", MODEL, KEY_PATH, AT(training.from),
     .sentence = "Predictor file whose weights the training starts from."},
    {"training.base", TRAIN, KEY_PATH, AT(training.base), .flags = KEY_MAY_CHANGE | KEY_QUIET,
     .sentence = "Folder where jobs keep and find what pre-training has made, by its digest "
                 "(docs/predictors.md). Without it: sibyl in $XDG_CACHE_HOME or ~/.cache."},

    {"predictor", SCORE, KEY_PATH, AT(predictor_path), .flags = KEY_NEEDED,
     .sentence = "Predictor file to score with, from sibyl train."},
    SECTION("input", SCORE, "What is scored: a file or a space."),
    {"input.file", SCORE, KEY_PATH, AT(input.file),
     .sentence = "Dataset file, or JSON lines of graphs."},
    {"input.label", SCORE, KEY_TEXT, AT(input.label),
     .sentence = "Label of the file that scores are compared with."},
    {"input.space", SCORE, KEY_SPACE, AT(input.space),
     .sentence = "Search space: nasbench201, nasbench101, digits201, or the path of a space file "
                 "(.yaml)."},
    {"input.sample", SCORE, KEY_WHOLE, AT(input.sample), 0, 1e9,
     .sentence = "Random networks to score of a space. 0 scores the whole space."},
    {"top", SCORE, KEY_WHOLE, AT(top), 1, 1e6, .sentence = "The best networks, listed in top.csv."},
    SECTION("score", SCORE, "How networks are scored."),
    {"score.precision", SCORE, KEY_WORD, AT(score.precision), .words = &score_precision_words,
     .sentence = "Precision of matrix products."},
    {"score.goal", SCORE, KEY_WORD, AT(score.goal), .words = &goal_words,
     .sentence = "Which scores are the best, and so stand in top.csv."},
    {"score.deduplicate", SCORE, KEY_SWITCH, AT(score.deduplicate),
     .sentence = "Whether isomorphic networks are scored once."},
    {"score.checkpoint_s", SCORE, KEY_NUMBER, AT(score.checkpoint_s), 0, SECONDS_MAX,
     .flags = KEY_MAY_CHANGE, .sentence = "Seconds between checkpoints of a scoring."},
    {"seed", ALL, KEY_WHOLE, AT(seed), 0, SEED_MAX,
     .sentence = "Seed of all that is random, but for split.seed. An experiment adds the number of "
                 "the repeat."},

    {"effort", TRAIN, KEY_WORD, AT(effort), .words = &effort_words,
     .sentence = "How much time a training is worth. It sets the keys of the table in "
                 "docs/predictors.md (sibyl help effort) that the job does not set itself."},

    {"effort", SEARCH, KEY_WORD, AT(effort), .words = &search_effort_words, .flags = KEY_QUIET,
     .sentence = "How much work a proposal is worth, where search.model is auto."},

    {"repeat", MODEL, KEY_GRID, .low = 1, .high = EXPERIMENT_RUNS_MAX, .flags = KEY_MAY_CHANGE,
     .sentence = "An experiment: how often each setting is run, with seeds of its own."},
    {"vary", MODEL, KEY_GRID, .flags = KEY_MAY_CHANGE,
     .sentence = "An experiment: a mapping of keys to lists of values, all combinations of which "
                 "are run, such as {predictor.width: [32, 64]}."},
    {"settings", MODEL, KEY_GRID, .flags = KEY_MAY_CHANGE,
     .sentence = "An experiment: a mapping of names to settings, each a mapping of keys to values, "
                 "such as {small: {predictor.width: 32}, base: {}}."},
};
/* clang-format on */

const struct config_key *config_keys(size_t *count)
{
    *count = sizeof(keys) / sizeof(keys[0]);
    return keys;
}
