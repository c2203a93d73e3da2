#include "search/algorithms/search_options.h"

#include <math.h>

static const struct word algorithms[] = {
    {"random", ALGORITHM_RANDOM, "networks drawn at random"},
    {"aging", ALGORITHM_AGING, "regularised evolution"},
    {"predictor", ALGORITHM_PREDICTOR,
     "a predictor, trained on all evaluations so far, chooses among networks that are bred"},
    {"exhaustive", ALGORITHM_EXHAUSTIVE, "every network of the space"},
    {"local", ALGORITHM_LOCAL,
     "local search: the best neighbour of a network, until none is better"},
    {"banana", ALGORITHM_BANANA,
     "as BANANAS: small networks learn from paths, the highest draws among mutants are evaluated"},
    {"nsga2", ALGORITHM_NSGA2,
     "evolution by non-dominated sorting and crowding, for several objectives"},
};
const struct words algorithm_words = WORDS_OF(algorithms);

static const struct word models[] = {
    {"auto", MODEL_AUTO,
     "by structure, and from 100 known networks on by the network in one round of eight; with "
     "several objectives or limits by structure"},
    {"structure", MODEL_STRUCTURE,
     "a Gaussian process over counts of small patterns of the graphs: quick, and sure of little"},
    {"network", MODEL_NETWORK, "the predictor of this job, trained on all that is known"},
    {"alternate", MODEL_ALTERNATE,
     "structure and the network by turns, from the first round on; with several objectives or "
     "limits structure"},
};
const struct words model_words = WORDS_OF(models);

static const struct word paces[] = {
    {"auto", PACE_AUTO, "free where programs evaluate on more than one rank, else rounds"},
    {"rounds", PACE_ROUNDS, "networks are proposed when all before them are evaluated"},
    {"free", PACE_FREE, "each rank gets its next network as soon as it has done one"},
};
const struct words pace_words = WORDS_OF(paces);

const char *algorithm_name(enum search_algorithm a)
{
    return words_name(&algorithm_words, (int)a);
}

bool search_algorithm_weighs(enum search_algorithm a)
{
    return a == ALGORITHM_PREDICTOR || a == ALGORITHM_NSGA2 || a == ALGORITHM_RANDOM ||
           a == ALGORITHM_EXHAUSTIVE;
}

void search_options_default(struct search_options *o)
{
    *o = (struct search_options){.algorithm = ALGORITHM_PREDICTOR,
                                 .evaluations = 300,
                                 .population = 50,
                                 .sample = 10,
                                 .candidates = 2000,
                                 .exploration = 1.5,
                                 .coordinator_shared = true};
    predictor_options_default(&o->predictor);
    training_options_default(&o->training);
    /* A search trains often and on little: a small ensemble, 80 steps on everything that is known.
     */
    o->predictor.layers = 2;
    o->predictor.width = 64;
    o->predictor.members = 4;
    o->training.epochs = 80;
    o->training.batch = 512;
    o->training.shards = 4;
    o->training.rate = 3e-3;
}

bool search_options_structure(const struct search_options *o)
{
    return o->algorithm == ALGORITHM_PREDICTOR && o->model != MODEL_NETWORK;
}

uint32_t search_options_initial(const struct search_options *o)
{
    if (o->initial) return o->initial;
    return search_options_structure(o) ? 6 : 20;
}

uint32_t search_options_batch(const struct search_options *o, bool table)
{
    if (o->batch) return o->batch;
    if (o->algorithm == ALGORITHM_EXHAUSTIVE) return 64;
    if (o->algorithm == ALGORITHM_BANANA) return 10;
    if (!table) return 8;
    if (o->algorithm == ALGORITHM_PREDICTOR)
        return search_options_structure(o) && o->objectives.count < 2 ? 1 : 5;
    return o->algorithm == ALGORITHM_AGING || o->algorithm == ALGORITHM_LOCAL ? 1 : 8;
}

static enum status search_check_count(const char *key, uint64_t value, uint64_t low, uint64_t high)
{
    if (value >= low && value <= high) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE, "search.%s: want %llu..%llu, not %llu", key,
                   (unsigned long long)low, (unsigned long long)high, (unsigned long long)value);
}

enum status search_options_check(const struct search_options *o)
{
    enum status st = SIBYL_OK;
    bool bound = o->evaluations || o->fidelity.epochs > 0 || o->target != TARGET_NONE;
    if (!bound && o->algorithm != ALGORITHM_EXHAUSTIVE)
        return err_set(SIBYL_E_USAGE,
                       "search.evaluations: want at least 1, as there is no search.target and no "
                       "search.epochs, and the search is not exhaustive");
    if (o->target == TARGET_VALUE && !isfinite(o->target_value))
        return err_set(SIBYL_E_USAGE, "search.target: want a finite number, or best");
    st = search_check_count("evaluations", o->evaluations, 0, SEARCH_EVALUATIONS_MAX);
    if (!st) st = search_check_count("initial", o->initial, SEARCH_INITIAL_MIN, SEARCH_INITIAL_MAX);
    if (!st) st = search_check_count("batch", o->batch, 0, SEARCH_BATCH_MAX);
    if (!st)
        st = search_check_count("population", o->population, SEARCH_POPULATION_MIN,
                                SEARCH_POPULATION_MAX);
    uint32_t sample_max = o->algorithm == ALGORITHM_AGING ? o->population : SEARCH_POPULATION_MAX;
    if (!st) st = search_check_count("sample", o->sample, 1, sample_max);
    if (!st) st = search_check_count("candidates", o->candidates, 1, SEARCH_CANDIDATES_MAX);
    if (st) return st;
    if (!(o->exploration >= 0 && o->exploration <= SEARCH_EXPLORATION_MAX))
        return err_set(SIBYL_E_USAGE, "search.exploration: want 0..%g, not %g",
                       SEARCH_EXPLORATION_MAX, o->exploration);
    if (o->algorithm != ALGORITHM_PREDICTOR) return SIBYL_OK;
    st = predictor_options_check(&o->predictor);
    return st ? st : training_options_check(&o->training);
}
