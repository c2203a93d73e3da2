/* The Gaussian process behind a predictor: its residuals are honest, it survives its file, and on
 * one grid it gives the same bits. */
#include "tests/mpi/mpi_data.h"
#include "tests/mpi/mpi_run.h"

#include "predictor/gp/gaussian_process.h"
#include "predictor/scoring/calibration.h"
#include "predictor/training/gp_head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRAINED 60
#define MEMBERS 4
#define FOLDS 2

static void new_predictor(struct data *d, struct predictor *p, enum head head)
{
    data_predictor(d, p, MEMBERS);
    struct predictor_options options = p->options;
    predictor_release(p);
    options.head = head;
    CHECK_OK(predictor_init(p, &options, &d->vocabulary, "label"));
}

/* Which ranks train, and whether each has the process alone. */
struct place {
    struct team *team;
    bool alone;
};

static struct place everyone_together(void)
{
    return (struct place){everyone, false};
}

/* Trained on folds of its own, and with a Gaussian process on honest residuals. */
static void train(struct place at, struct data *d, struct predictor *p, enum head head,
                  uint32_t folds, struct training_set *set)
{
    struct training_options options;
    struct trainer_result result;
    new_predictor(d, p, head);
    training_options_default(&options);
    options.epochs = 20;
    options.batch = 30;
    options.folds = FOLDS;
    struct trainer_run run = {.options = &options, .seed = 3, .folds = folds, .job_digest = ""};
    *set = (struct training_set){d->graphs, d->labels, TRAINED};
    CHECK_OK(trainer_run(at.team, p, set, &run, &result));
    CHECK_OK(gp_head_fit(at.team, at.alone, p, set, &run));
}

static void predict(struct place at, struct predictor *p, struct data *d, double *values,
                    double *deviations)
{
    struct scorer *scorer = NULL;
    struct gp_head *head = NULL;
    CHECK_OK(scorer_new(&scorer, p, NULL));
    CHECK_OK(gp_head_new(&head, at.team, at.alone, p, 1));
    CU_ASSERT_PTR_NOT_NULL(head);
    CHECK_OK(gp_head_score(at.team, head, scorer, d->graphs, NULL, DATA_COUNT, values, deviations,
                           NULL));
    gp_head_free(head);
    scorer_free(scorer);
}

/* What the members of p make of all graphs. Either may be NULL. */
static void embed(const struct predictor *p, struct data *d, double *outputs, double *pooled)
{
    struct scorer *scorer = NULL;
    CHECK_OK(scorer_new(&scorer, p, NULL));
    CHECK_OK(scorer_embed_all(everyone, scorer, d->graphs, DATA_COUNT, outputs, pooled));
    scorer_free(scorer);
}

/* The process's variance, and the square of what is kept back of its mean. */
static void check_deviations(const struct predictor *p, const double *pooled, const double *values,
                             const double *deviations)
{
    double mean[DATA_COUNT], variance[DATA_COUNT];
    struct gp_predictor *process = NULL;
    CHECK_OK(gp_predictor_new(everyone, &p->gp, NULL, &process));
    CHECK_OK(gp_predict(process, pooled, DATA_COUNT, mean, variance));
    gp_predictor_free(process);
    for (size_t i = 0; i < DATA_COUNT; i++) {
        double back = (1 - p->blend.weight) * (mean[i] - p->gp.hyper.mean);
        double wanted = sqrt(variance[i] + back * back) / predictor_target_slope(p, values[i]);
        CU_ASSERT_DOUBLE_EQUAL(deviations[i] / wanted, 1, 1e-6);
    }
}

/* The mean by its formula, from the members' outputs and the embeddings of a network as it is
 * before any training. */
static void check_means(struct predictor *p, struct data *d, const double *values,
                        const double *deviations)
{
    size_t width = p->options.width;
    double *outputs = malloc(DATA_COUNT * MEMBERS * sizeof(*outputs));
    double *pooled = malloc(DATA_COUNT * width * sizeof(*pooled));
    struct training_options options;
    training_options_default(&options);
    struct trainer_run run = {.options = &options, .seed = 3};
    struct predictor untrained;
    data_predictor(d, &untrained, 1);
    trainer_first_weights(&untrained, &run, 0, untrained.weights);
    embed(&untrained, d, NULL, pooled);
    embed(p, d, outputs, NULL);
    for (size_t i = 0; i < DATA_COUNT; i++) {
        double x = p->gp.hyper.mean;
        for (size_t m = 0; m < MEMBERS && p->options.head == HEAD_LINEAR_GP; m++)
            x += p->blend.slope * outputs[i * MEMBERS + m] / MEMBERS;
        for (size_t k = 0; k < TRAINED; k++) {
            double squares = 0;
            for (size_t c = 0; c < width; c++) {
                double e = pooled[i * width + c] - pooled[k * width + c];
                squares += e * e;
            }
            double s = sqrt(5 * squares) / p->gp.hyper.length;
            x += p->blend.weight * p->gp.hyper.signal * (1 + s + s * s / 3) * exp(-s) *
                 p->gp.alpha[k];
        }
        CU_ASSERT_DOUBLE_EQUAL(values[i], predictor_label_of_output(p, x), 1e-7);
    }
    check_deviations(p, pooled, values, deviations);
    predictor_release(&untrained);
    free(outputs);
    free(pooled);
}

/* What the process was fitted to, label less mean, is K alpha; and it is target - f with f of a
 * network that has not seen the row. */
static void check_residuals(struct predictor *p, struct data *d, struct training_set *set)
{
    struct training_set unused;
    struct predictor honest;
    double *outputs = malloc(DATA_COUNT * MEMBERS * sizeof(*outputs)), mean = 0, moment = 0,
           y[TRAINED];
    train(everyone_together(), d, &honest, HEAD_LINEAR, FOLDS,
          &unused); /* its members 0 and 1 are those networks */
    embed(&honest, d, outputs, NULL);
    for (size_t i = 0; i < TRAINED; i++) {
        y[i] = predictor_target_of_label(p, set->labels[i]);
        if (p->options.head == HEAD_LINEAR_GP)
            y[i] -= p->blend.slope * outputs[i * MEMBERS + i % FOLDS];
        mean += y[i] / TRAINED;
    }
    CU_ASSERT_DOUBLE_EQUAL(mean, p->gp.hyper.mean, 1e-12);
    for (size_t i = 0; i < TRAINED && p->options.head == HEAD_LINEAR_GP; i++)
        moment += (y[i] - mean) * outputs[i * MEMBERS + i % FOLDS]; /* 0 for a least-squares line */
    CU_ASSERT_DOUBLE_EQUAL(moment, 0, 1e-9);
    for (size_t i = 0; i < TRAINED; i++) {
        double sum = (p->gp.hyper.noise + p->gp.jitter) * p->gp.alpha[i];
        for (size_t k = 0; k < TRAINED; k++) {
            const double *a = p->gp.inputs + i * p->gp.columns;
            const double *b = p->gp.inputs + k * p->gp.columns;
            double squares = 0;
            for (size_t c = 0; c < p->gp.columns; c++) squares += (a[c] - b[c]) * (a[c] - b[c]);
            double s = sqrt(5 * squares) / p->gp.hyper.length;
            sum += p->gp.hyper.signal * (1 + s + s * s / 3) * exp(-s) * p->gp.alpha[k];
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, y[i] - mean, 1e-7);
    }
    predictor_release(&honest);
    free(outputs);
}

static void check_head(struct place at, enum head kind)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p, again;
    struct training_set set;
    struct calibration c;
    double values[DATA_COUNT], deviations[DATA_COUNT], reread[2 * DATA_COUNT];
    char path[] = "gp_head_XXXXXX";
    data_make(d);
    train(at, d, &p, kind, 0, &set);
    CU_ASSERT_EQUAL(p.gp.rows, TRAINED);
    predict(at, &p, d, values, deviations);
    check_means(&p, d, values, deviations);
    check_residuals(&p, d, &set);
    calibration_make(&c, &p, values + TRAINED, deviations + TRAINED, d->labels + TRAINED,
                     DATA_COUNT - TRAINED);
    CU_ASSERT_EQUAL(c.count, DATA_COUNT - TRAINED);
    CU_ASSERT(c.coverage[17] > 0.7); /* of intervals that are to hold 90% */
    CU_ASSERT(c.coverage[9] < c.coverage[17] && isfinite(c.nll));
    int file = mkstemp(path); /* each rank its own */
    CU_ASSERT_FATAL(file >= 0);
    close(file);
    CHECK_OK(predictor_write(&p, path));
    CHECK_OK(predictor_read(&again, path));
    predict(at, &again, d, reread, reread + DATA_COUNT);
    CU_ASSERT_EQUAL(memcmp(values, reread, sizeof(values)), 0);
    CU_ASSERT_EQUAL(memcmp(deviations, reread + DATA_COUNT, sizeof(deviations)), 0);
    unlink(path);
    predictor_release(&p);
    predictor_release(&again);
    arena_release(&d->arena);
    free(d);
}

static void test_linear_gp(void)
{
    check_head(everyone_together(), HEAD_LINEAR_GP);
}

static void test_gp(void)
{
    check_head(everyone_together(), HEAD_GP);
}

/* A process that each rank has alone: as good, and with the bits of one rank. */
static void test_alone(void)
{
    struct place ranks[2] = {{everyone, true}, {NULL, true}};
    struct data *d = malloc(sizeof(*d));
    double values[2][DATA_COUNT], deviations[2][DATA_COUNT];
    check_head(ranks[0], HEAD_LINEAR_GP);
    data_make(d);
    CHECK_OK(team_self(&ranks[1].team));
    for (int i = 0; i < 2; i++) {
        struct predictor p;
        struct training_set set;
        train(ranks[i], d, &p, HEAD_LINEAR_GP, 0, &set);
        predict(ranks[i], &p, d, values[i], deviations[i]);
        predictor_release(&p);
    }
    CU_ASSERT_EQUAL(memcmp(values[0], values[1], sizeof(values[0])), 0);
    CU_ASSERT_EQUAL(memcmp(deviations[0], deviations[1], sizeof(deviations[0])), 0);
    team_release(ranks[1].team);
    arena_release(&d->arena);
    free(d);
}

/* Rows i with i % FOLDS == m % FOLDS do not change member m. */
static void test_folds(void)
{
    struct data *d = malloc(sizeof(*d));
    struct predictor p, other;
    struct training_set set;
    data_make(d);
    train(everyone_together(), d, &p, HEAD_LINEAR, FOLDS, &set);
    double keep = d->labels[2];
    d->labels[2] = d->labels[4]; /* fold 0: seen by members 1 and 3 */
    d->labels[4] = keep;         /* the same labels in all: the same scaling */
    train(everyone_together(), d, &other, HEAD_LINEAR, FOLDS, &set);
    for (size_t m = 0; m < MEMBERS; m++) {
        int differ = memcmp(p.weights + m * p.parameters, other.weights + m * p.parameters,
                            p.parameters * sizeof(float));
        CU_ASSERT_EQUAL(differ != 0, m % FOLDS == 1);
    }
    predictor_release(&p);
    predictor_release(&other);
    arena_release(&d->arena);
    free(d);
}

/* Trained to rank alone, each member's outputs have the moments of the targets on its own rows. */
static void test_output_scale(void)
{
    struct data *d = malloc(sizeof(*d));
    struct training_options options;
    struct trainer_result result;
    struct predictor p;
    double *outputs = malloc(DATA_COUNT * MEMBERS * sizeof(*outputs));
    data_make(d);
    new_predictor(d, &p, HEAD_LINEAR);
    training_options_default(&options);
    options.epochs = 5;
    options.loss.l1 = 0;
    struct trainer_run run = {.options = &options, .seed = 3, .folds = FOLDS, .job_digest = ""};
    struct training_set set = {d->graphs, d->labels, TRAINED};
    CHECK_OK(trainer_run(everyone, &p, &set, &run, &result));
    embed(&p, d, outputs, NULL);
    for (size_t m = 0; m < MEMBERS; m++) {
        double sums[2] = {0}, squares[2] = {0}, n = 0;
        for (size_t i = 0; i < TRAINED; i++) {
            if (i % FOLDS == m % FOLDS) continue;
            double x[2] = {outputs[i * MEMBERS + m], predictor_target_of_label(&p, d->labels[i])};
            for (int k = 0; k < 2; k++) sums[k] += x[k], squares[k] += x[k] * x[k];
            n++;
        }
        double mean = sums[0] / n, wanted = sums[1] / n;
        CU_ASSERT_DOUBLE_EQUAL(mean, wanted, 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(squares[0] / n - mean * mean, squares[1] / n - wanted * wanted,
                               1e-5);
    }
    predictor_release(&p);
    free(outputs);
    arena_release(&d->arena);
    free(d);
}

/* A known answer: a standard normal's intervals and likelihood. */
static void test_calibration(void)
{
    struct predictor p = {.transform = TARGET_PLAIN, .target_deviation = 2};
    struct calibration c;
    double values[4] = {0}, deviations[4] = {1, 1, 1, 1}, labels[4] = {0.1, -1, 1.7, NAN};
    calibration_make(&c, &p, values, deviations, labels, 4);
    CU_ASSERT_EQUAL(c.count, 3);
    CU_ASSERT_DOUBLE_EQUAL(c.coverage[9], 1.0 / 3, 1e-12);  /* 50%: 0.674 */
    CU_ASSERT_DOUBLE_EQUAL(c.coverage[15], 2.0 / 3, 1e-12); /* 80%: 1.282 */
    CU_ASSERT_DOUBLE_EQUAL(c.coverage[17], 2.0 / 3, 1e-12); /* 90%: 1.645 */
    CU_ASSERT_DOUBLE_EQUAL(c.coverage[18], 1, 1e-12);       /* 95%: 1.960 */
    CU_ASSERT_DOUBLE_EQUAL(c.nll, 0.5 * log(8 * atan(1)) + (0.01 + 1 + 2.89) / 6, 1e-12);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        {"linear+gp", test_linear_gp},
        {"gp", test_gp},
        {"alone", test_alone},
        {"folds", test_folds},
        {"output scale", test_output_scale},
        {"calibration", test_calibration},
        CU_TEST_INFO_NULL,
    };
    return mpi_run(argc, argv, "gp head", tests);
}
