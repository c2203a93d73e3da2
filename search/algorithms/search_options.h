/* What a search is asked to do: its options, and what every part of it is given. Local. */
#ifndef SEARCH_ALGORITHMS_SEARCH_OPTIONS_H
#define SEARCH_ALGORITHMS_SEARCH_OPTIONS_H

#include "base/log.h"
#include "base/words.h"
#include "predictor/inputs/options.h"
#include "search/algorithms/fidelity.h"
#include "search/algorithms/search_roles.h"
#include "search/evaluators/evaluator.h"
#include "search/evaluators/forecast.h"

enum search_algorithm {
    ALGORITHM_RANDOM,
    ALGORITHM_AGING,
    ALGORITHM_PREDICTOR,
    ALGORITHM_EXHAUSTIVE,
    ALGORITHM_LOCAL,
    ALGORITHM_BANANA,
    ALGORITHM_NSGA2
};
extern const struct words algorithm_words; /* enum search_algorithm */
const char *algorithm_name(enum search_algorithm a);
/* Whether an algorithm knows of several objectives and of limits. */
bool search_algorithm_weighs(enum search_algorithm a);

enum search_pace { PACE_AUTO, PACE_ROUNDS, PACE_FREE };
extern const struct words pace_words; /* enum search_pace */

/* What chooses among candidates in a search by predictor. */
enum search_model {
    MODEL_AUTO, /* structure, and from NETWORK_FROM known networks on the network now and then */
    MODEL_STRUCTURE, /* structure_model.h */
    MODEL_NETWORK,   /* the predictor, trained on all that is known */
    MODEL_ALTERNATE  /* structure and the network by turns */
};
extern const struct words model_words; /* enum search_model */

enum search_target { TARGET_NONE, TARGET_VALUE, TARGET_BEST };

/* Bounds: those of the keys of job files, and of the check below. */
#define SEARCH_EVALUATIONS_MAX 1000000000
#define SEARCH_INITIAL_MIN 0
#define SEARCH_INITIAL_MAX 1000000
#define SEARCH_BATCH_MAX 100000
#define SEARCH_POPULATION_MIN 2
#define SEARCH_POPULATION_MAX 65536
#define SEARCH_CANDIDATES_MAX 1000000
#define SEARCH_RANKS_MAX 1000000
#define SEARCH_EXPLORATION_MAX 1000.0

struct search_options {
    enum search_algorithm algorithm;
    uint64_t evaluations; /* distinct networks evaluated at most; 0: no bound but the space
                             (exhaustive) */
    enum search_target target;
    double target_value;
    uint32_t initial;            /* random networks before a model chooses (predictor, banana); 0:
                                    search_options_initial() decides */
    uint32_t batch;              /* evaluations per round; 0: search_options_batch() decides */
    uint32_t population, sample; /* aging: how many live, how many a tournament draws */
    uint32_t candidates;         /* predictor: networks bred and scored per round */
    enum search_model model;     /* predictor */
    double exploration;          /* of the network: deviations over the members added to the mean */
    bool coordinator_shared;
    enum search_pace pace;
    uint32_t ranks_evaluate, ranks_train; /* roles in free pace; 0: search_roles_of() decides */
    bool minimise;                        /* values are negated inside; reported as they are */
    struct objectives objectives;
    struct fidelity fidelity;
    struct predictor_options predictor;
    struct training_options training;
    uint64_t seed;
};

/* Of a space of at most so many points, the predictor scores all networks in every round, instead
 * of search_options.candidates. */
#define SEARCH_ENUMERATE_MAX 20000

void search_options_default(struct search_options *o);
/* Whether the model of structure chooses, in all rounds or in most: in a search by predictor for
 * one value without limits, unless the network is asked for. */
bool search_options_structure(const struct search_options *o);
/* Random networks of the beginning: `initial`, or what 0 stands for. */
uint32_t search_options_initial(const struct search_options *o);
/* Evaluations of a round: `batch`, or what 0 stands for. */
uint32_t search_options_batch(const struct search_options *o, bool table);
enum status search_options_check(const struct search_options *o); /* message names the key */

struct predictor;        /* predictor/scoring/predictor.h */
struct surrogate_memory; /* surrogate.h */
struct search_result;    /* search/engine/engine.h */

struct search_run {
    const struct search_options *options;
    const struct space *space;
    struct evaluator *evaluator;
    const char *folder;     /* DIR, exists on rank 0 */
    const char *job_digest; /* of the job file's values: a journal of another job is refused */
    const char *job_text;   /* kept in the journal */
    const struct log *log;
    /* Predictor whose weights each training starts from (training.from), of the shape that
     * `options` say, on every rank; NULL: random ones. */
    const struct predictor *from;
    struct surrogate_memory *memory; /* on every rank; NULL: no model outlives its round */
    struct forecast *forecast; /* what predictors say, on every rank; NULL: nothing is predicted */
    int threads;               /* of each rank, for training and scoring */
    bool accept_program;       /* go on from a journal though the evaluating program was changed */
    double sync_s;             /* as record_appender's, of the journal */
    uint32_t give_up_after;    /* evaluations that all fail alike, before any succeeds; 0: never */
    bool (*stop_asked)(void *context);
    double look_s; /* how often a training asks it at the least; 0: four times a second */
    bool replay;   /* only propose again what the journal holds, and compare; nothing is written */
    /* On rank 0, when the journal is open and this job's: DIR is its own now. NULL: none. */
    enum status (*accepted)(void *context);
    /* On rank 0, about once a second while there are new results: how far the search has come.
     * NULL: none. A failure is told, and ends nothing. */
    enum status (*current)(void *context, const struct search_result *so_far);
    void *context;
};

#endif
