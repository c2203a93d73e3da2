/* Job files: YAML, checked against the table of keys (config_keys.h), with defaults for all that is
 * left out. The values in effect are: the defaults, over them the file, over that the --set flags.
 * Of an experiment's settings: config_open -> config_setting ... -> config_close. */
#ifndef JOBS_CONFIG_CONFIG_H
#define JOBS_CONFIG_CONFIG_H

#include "predictor/inputs/options.h"
#include "search/algorithms/search_options.h"

#include <stdbool.h>

enum config_verb { CONFIG_TRAIN, CONFIG_SCORE, CONFIG_SEARCH };
/* What is made of labels that are penalties (jobs/training/penalties.h). */
enum config_labels { LABELS_AUTO, LABELS_AS_IS, LABELS_RANKS };
/* How much time a training is worth (recipe.h). */
enum effort { EFFORT_QUICK, EFFORT_NORMAL, EFFORT_BEST, EFFORTS };
enum config_order { ORDER_RANDOM, ORDER_FILE };
enum config_test { TEST_OTHERS, TEST_ALL, TEST_NEW };
enum config_evaluator { EVALUATOR_TABLE, EVALUATOR_COMMAND, EVALUATOR_ASK };
enum config_coordinator { COORDINATOR_SHARED, COORDINATOR_DEDICATED };
enum config_apart { APART_AUTO, APART_SIDE_BY_SIDE, APART_IN_TURN }; /* of an experiment */
enum config_goal { GOAL_PREDICTOR, GOAL_MAX, GOAL_MIN }; /* GOAL_PREDICTOR: as it was trained */
enum config_precision { CONFIG_PRECISION_AUTO, CONFIG_PRECISION_FLOAT32, CONFIG_PRECISION_BF16 };

/* What the table's rows fill in. Paths are absolute (seen from the job file's folder). Absent text
 * is NULL. */
struct config_values {
    struct {
        char *file, *label, *test_label;
        enum graph_form graph;
        bool connected; /* rows whose network has no path from input to output are left out */
        bool minimise;  /* the best have the lowest labels */
        enum config_labels labels;
        char **features; /* labels that are inputs beside the graph */
        uint32_t feature_count;
    } data;
    struct {
        double train; /* rows, or a part of them below 1 */
        uint64_t seed;
        enum config_order order;
        enum config_test test;
    } split;
    struct predictor_options predictor;
    struct config_training {
        struct training_options options;
        double checkpoint_s;
        char **auxiliary; /* labels to learn beside the one that is predicted */
        uint32_t auxiliary_count;
        bool structure;       /* and properties of the graph */
        uint32_t pretraining; /* epochs on the auxiliary labels of all networks, before the rest */
        uint32_t bases;       /* networks that are pre-trained so */
        char *from;           /* predictor whose weights to start from */
        char *base;           /* folder of bases that jobs share */
    } training;
    char *space, *pool; /* one of them: a name, or a dataset file */
    struct config_objective {
        char *value;
        enum objective_goal goal;
        double reference; /* NaN: not given */
    } * objectives;       /* (objective_count) */
    struct config_limit {
        char *value;
        double at_least, at_most; /* NaN: not given */
    } * limits;                   /* (limit_count) */
    struct config_predicted {
        char *value, *predictor;
    } * predicted; /* (predicted_count) */
    uint32_t objective_count, limit_count, predicted_count;
    struct config_judge {
        enum config_evaluator kind;
        char *file, *value, *folder;
        char **command;
        uint32_t words;
        double timeout_s, grace_s, pause_s, memory_gb, log_mb;
        uint32_t retries, gpus, give_up_after;
        char *scratch;
        bool minimise;
        char **report; /* labels that are shown of what was chosen */
        uint32_t report_count;
    } evaluator;
    struct config_search {
        char *target; /* a number, or "best" */
        char **known; /* (known_count) */
        uint32_t known_count;
        enum config_coordinator coordinator;
        enum config_apart apart;
        double min_budget, max_budget, eta; /* search.fidelity; 0: not given */
        bool goes_on;                       /* search.fidelity.continue */
        struct config_column {
            char *value, *of; /* `of`: NULL: evaluator.value */
            double budget;
        } * columns; /* (column_count) */
        uint32_t column_count;
        struct search_options options;
    } search;
    char *predictor_path;
    struct {
        char *file, *label, *space;
        uint64_t sample;
    } input;
    uint64_t top;
    struct {
        enum config_precision precision;
        enum config_goal goal;
        bool deduplicate;
        double checkpoint_s;
    } score;
    uint64_t seed;
    enum effort effort;    /* of a training or a search */
    uint32_t recipe_given; /* keys of its recipe that the job gives: recipe_bit() */
};

struct config {
    enum config_verb verb;
    struct config_values *values;
    char *text; /* the values in effect, as YAML; of a setting: NULL */
    /* Of the values in effect that may not change between runs of a job, however they were written
     * (job_values.h). */
    char digest[HASH128_TEXT_BYTES];
    bool experiment; /* more than one run: the keys repeat, vary, settings */
    uint64_t repeats;
    size_t settings;
    char *setting; /* name of this one; NULL: the job without its settings */
};

struct config_source {
    enum config_verb verb;
    const char *file; /* names the text in messages; relative paths are relative to it */
    const char *text;
    size_t bytes;
    char *const *sets; /* (set_count) KEY.PATH=VALUE */
    int set_count;
};

#define CONFIG_BYTES_MAX (1 << 20)

/* Local. The text of a job file, or of a pipe; the caller's to free(). SIBYL_E_USAGE: it cannot be
 * read, or has more than CONFIG_BYTES_MAX bytes. */
enum status config_read_file(const char *path, char **out_text, size_t *out_bytes);

/* Local. `file` names the text in messages, and is what relative paths are relative to.
 * SIBYL_E_USAGE: "file:line: key: want lo..hi", also for a mistake in a setting of an experiment.
 */
enum status config_parse(struct config *out, enum config_verb verb, const char *file,
                         const char *text, size_t bytes, char *const *sets, int set_count);

struct config_file; /* a job file that has been read, with its --set flags */

/* Local. What a source points to must outlive the file. */
enum status config_open(struct config_file **out, const struct config_source *source);
/* Local. The job with the overrides of setting 0 <= `setting` < settings in effect, over the --set
 * flags. Its time does not depend on the number of settings. */
enum status config_setting(struct config *out, struct config_file *f, size_t setting);
/* Local. One run of an experiment as a job of its own: that setting, with `repeat` more than its
 * seed, as text too, and without the keys of the experiment. */
enum status config_repeat(struct config *out, struct config_file *f, size_t setting,
                          uint64_t repeat);
void config_close(struct config_file *f); /* NULL is fine */

/* Local. What kind of job a text is, by its keys: a search has an evaluator, a scoring an input.
 * SIBYL_E_USAGE: it is not YAML. */
enum status config_verb_of(enum config_verb *out, const char *file, const char *text, size_t bytes);
void config_release(struct config *c); /* fine on a zeroed struct */

#endif
