#include "jobs/scoring/precision.h"

#include "predictor/inputs/option_words.h"
#include "predictor/scoring/metrics.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLE 256
#define FEW 4096         /* graphs; float32 takes a second or two for them */
#define TAU_ENOUGH 0.995 /* for `auto` */

const char *precision_name(enum precision p)
{
    return words_name(&precision_words, (int)p);
}

/* Kendall's tau between the scores of two scorers over graphs evenly taken from `graphs`. */
static enum status compare(struct team *t, struct scorer *a, struct scorer *b,
                           const struct graph *graphs, size_t count, double *out_tau)
{
    size_t n = count < SAMPLE ? count : SAMPLE;
    struct graph *sample = malloc((n + 1) * sizeof(*sample));
    double *scores = malloc((2 * n + 1) * sizeof(*scores));
    enum status st = team_agree(t, sample && scores ? SIBYL_OK : err_memory("a sample of scores"));
    for (size_t i = 0; i < n && !st; i++) sample[i] = graphs[count * i / n];
    if (!st) st = scorer_score_all(t, a, sample, NULL, n, scores, NULL, NULL);
    if (!st) st = scorer_score_all(t, b, sample, NULL, n, scores + n, NULL, NULL);
    if (!st) st = team_agree(t, metrics_kendall_tau(scores, scores + n, n, out_tau));
    free(sample);
    free(scores);
    return st;
}

bool precision_all_have_bf16(struct team *t)
{
    return team_max(t, inference_has_bf16() ? 0 : 1) < 1;
}

enum status precision_scorer(struct scorer **out, struct precision_choice *choice, struct team *t,
                             const struct predictor *p, enum config_precision wanted, int threads,
                             const struct graph *graphs, size_t count, uint64_t total,
                             const struct log *log)
{
    struct scorer *plain = NULL, *fast = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    bool has = precision_all_have_bf16(t);
    bool perhaps =
        wanted == CONFIG_PRECISION_BF16 || (wanted == CONFIG_PRECISION_AUTO && total >= FEW);
    *choice = (struct precision_choice){PRECISION_FLOAT32, NAN};
    if (wanted == CONFIG_PRECISION_BF16 && !has && team_rank(t) == 0)
        log_warn(log, "score.precision: bf16: not every CPU has AVX512-BF16; using float32");
    enum status st = scorer_new(&plain, p, &options);
    options.precision = PRECISION_BF16;
    if (!st && perhaps && has) st = scorer_new(&fast, p, &options);
    st = team_agree(t, st);
    if (!st && fast) st = compare(t, plain, fast, graphs, count, &choice->kendall_tau);
    bool take = fast && (wanted == CONFIG_PRECISION_BF16 || choice->kendall_tau >= TAU_ENOUGH);
    if (take) choice->precision = PRECISION_BF16;
    if (!st && fast)
        log_root(log, "%s (Kendall's tau of bf16 to float32 on a sample: %.4f)",
                 precision_name(choice->precision), choice->kendall_tau);
    if (!st) *out = take ? fast : plain;
    if (st || take) scorer_free(plain);
    if (st || !take) scorer_free(fast);
    return st;
}
