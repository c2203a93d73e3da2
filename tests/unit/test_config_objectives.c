#include "jobs/config/config.h"
#include "jobs/config/job_values.h"
#include "unit.h"

#include <math.h>
#include <string.h>

#define HEAD "space: nasbench201\nevaluator: {kind: command, command: [a]}\n"
#define TWO "objectives: [{value: acc, goal: max}, {value: ms, goal: min, reference: 40}]\n"

static enum status parse(struct config *c, const char *text)
{
    return config_parse(c, CONFIG_SEARCH, "job.yaml", text, strlen(text), NULL, 0);
}

static void refused(const char *text, const char *message)
{
    struct config c = {0};
    enum status st = parse(&c, text);
    if (st != SIBYL_E_USAGE || !strstr(err_message(), message))
        printf("\n  want \"%s\", not \"%s\"\n", message, st ? err_message() : "taken");
    CU_ASSERT_EQUAL(st, SIBYL_E_USAGE);
    CU_ASSERT(st && strstr(err_message(), message));
    config_release(&c);
}

static void test_taken(void)
{
    struct config c = {0};
    CU_ASSERT_EQUAL_FATAL(parse(&c, HEAD TWO
                                "limits: [{value: mb, at_most: 1.5}, {value: ms, at_least: 2}]\n"
                                "predicted: [{value: ms, predictor: p.sibyl}]\n"),
                          SIBYL_OK);
    const struct objectives *o = &c.values->search.options.objectives;
    CU_ASSERT_EQUAL(o->count, 2);
    CU_ASSERT_EQUAL(o->values, 3);
    CU_ASSERT_EQUAL(o->main, 0);
    CU_ASSERT(!o->list[0].minimise && isnan(o->list[0].reference));
    CU_ASSERT(o->list[1].minimise && fabs(o->list[1].reference - 40) < 1e-12);
    CU_ASSERT_EQUAL(o->limit_count, 2);
    CU_ASSERT_EQUAL(o->limits[0].value, 2);
    CU_ASSERT(fabs(o->limits[0].at_most - 1.5) < 1e-12 && isinf(o->limits[0].at_least));
    CU_ASSERT_EQUAL(o->limits[1].value, 1);
    CU_ASSERT(!o->predicted[0] && o->predicted[1] && !o->predicted[2]);
    CU_ASSERT_STRING_EQUAL(c.values->evaluator.value, "acc");
    CU_ASSERT(!c.values->evaluator.minimise);
    CU_ASSERT_STRING_EQUAL(c.values->predicted[0].predictor, "p.sibyl");
    /* The saved values say the same. */
    struct config again = {0};
    CU_ASSERT_EQUAL_FATAL(parse(&again, c.text), SIBYL_OK);
    CU_ASSERT_STRING_EQUAL(again.text, c.text);
    CU_ASSERT_STRING_EQUAL(again.digest, c.digest);
    config_release(&again);
    config_release(&c);
}

/* One objective is evaluator.value, however it is written; a limit alone makes a name of it. */
static void test_one(void)
{
    struct config c = {0};
    CU_ASSERT_EQUAL_FATAL(parse(&c, HEAD "objectives: [{value: ms, goal: min}]\n"), SIBYL_OK);
    CU_ASSERT_STRING_EQUAL(c.values->evaluator.value, "ms");
    CU_ASSERT(c.values->evaluator.minimise);
    CU_ASSERT(c.values->search.options.minimise);
    CU_ASSERT_EQUAL(c.values->search.options.objectives.count, 0);
    config_release(&c);
    CU_ASSERT_EQUAL_FATAL(parse(&c, HEAD "limits: [{value: mb, at_most: 1}]\n"), SIBYL_OK);
    CU_ASSERT_EQUAL(c.values->search.options.objectives.count, 1);
    CU_ASSERT_STRING_EQUAL(c.values->search.options.objectives.names[0], "value");
    config_release(&c);
    /* What evaluations have as their value is the first that they give. */
    CU_ASSERT_EQUAL_FATAL(parse(&c, HEAD
                                "objectives: [{value: ms, goal: min}, {value: acc, goal: max}]\n"
                                "predicted: [{value: ms, predictor: p}]\n"),
                          SIBYL_OK);
    CU_ASSERT_EQUAL(c.values->search.options.objectives.main, 1);
    CU_ASSERT_STRING_EQUAL(c.values->evaluator.value, "acc");
    CU_ASSERT(!c.values->search.options.minimise);
    config_release(&c);
}

static void test_refused(void)
{
    refused(HEAD "objectives: []\n", "job.yaml:3: objectives: want 1..8 entries, not 0");
    refused(HEAD "limits: []\n", "job.yaml:3: limits: want 1..16 entries, not 0");
    refused(HEAD "objectives: acc\n", "objectives: want a list");
    refused(HEAD "objectives: {value: acc, goal: max}\n", "objectives: want a list");
    refused(HEAD "objectives: [acc]\n", "objectives: want a mapping");
    refused(HEAD "objectives: [{value: acc}]\n", "objectives: the key goal is missing");
    refused(HEAD "objectives: [{goal: max}]\n", "objectives: the key value is missing");
    refused(HEAD "objectives: [{value: acc, goal: up}]\n", "objectives.goal: want max or min");
    refused(HEAD "objectives: [{value: acc, gaol: max}]\n", "did you mean goal?");
    refused(HEAD "objectives: [{value: acc, goal: max, reference: .nan}]\n",
            "objectives.reference: want a number");
    refused(HEAD "objectives: [{value: '', goal: max}]\n", "objectives.value: want some text");
    refused(HEAD "objectives: [{value: hash, goal: max}]\n", "is a column of pareto.csv");
    refused(HEAD "objectives: [{value: Evaluation, goal: max}, {value: a, goal: max}]\n",
            "Evaluation is a column of pareto.csv");
    refused(HEAD "limits: [{value: dir, at_most: 1}]\n", "dir is a column of pareto.csv");
    refused("space: nasbench201\nevaluator: {kind: command, command: [a], report: [evaluation]}\n",
            "evaluator.report: evaluation is a column of pareto.csv");
    refused("space: nasbench201\nevaluator: {kind: command, command: [a], report: [\"a\\tb\"]}\n",
            "evaluator.report: want a name without control characters");
    refused(HEAD "objectives: [{value: a, goal: max}, {value: a, goal: min}]\n",
            "objectives: a is there twice");
    refused(HEAD "limits: [{value: a}]\n", "want at_most or at_least");
    refused(HEAD "limits: [{value: a, at_most: 1, at_least: 2}]\n",
            "nothing is at least 2 and at most 1");
    refused(HEAD "limits: [{value: a, at_most: nan}]\n", "limits.at_most: want a number");
    refused(HEAD TWO "predicted: [{value: mb, predictor: p}]\n", "mb is no objective");
    refused(HEAD TWO "predicted: [{value: ms, predictor: p}, {value: ms, predictor: q}]\n",
            "ms is there twice");
    refused(HEAD TWO "predicted: [{value: ms, predictor: p}, {value: acc, predictor: q}]\n",
            "all objectives are predicted");
    refused(HEAD TWO "search: {target: 0.9}\n", "search.target: is for one objective");
    refused(HEAD TWO "search: {algorithm: aging}\n",
            "search.algorithm: aging is for one objective");
    refused(HEAD "limits: [{value: a, at_most: 1}]\nsearch: {algorithm: aging}\n",
            "search.algorithm: aging is for one objective");
    refused(HEAD TWO "search: {known: [a]}\n", "search.known: is for one objective");
    refused("space: nasbench201\nevaluator: {kind: command, command: [a], value: x}\n" TWO,
            "evaluator.value: x is none of the objectives");
    refused("space: nasbench201\nevaluator: {kind: command, command: [a], minimise: true}\n" TWO,
            "evaluator.minimise: objectives say that acc is to be the highest");
    refused("space: nasbench201\nevaluator: {kind: command, command: [a], report: [ms]}\n" TWO,
            "evaluator.report: ms is searched for");
    refused("space: nasbench201\nevaluator: {kind: command, command: [a], report: [value]}\n",
            "evaluator.report: value is searched for");
    refused("space: nasbench201\nevaluator: {kind: command, command: [a], report: [x, x]}\n",
            "evaluator.report: x is there twice");
}

/* What may not change between runs is told by its key. */
static void test_differences(void)
{
    struct job_values a = {0}, b = {0};
    struct job_difference d;
    CU_ASSERT_EQUAL_FATAL(job_values_read(&a, TWO), SIBYL_OK);
    CU_ASSERT_EQUAL_FATAL(
        job_values_read(&b, "objectives: [{value: acc, goal: max}, {value: ms, goal: max}]"),
        SIBYL_OK);
    CU_ASSERT_FATAL(job_values_differ(&a, &b, NULL, NULL, &d));
    CU_ASSERT_STRING_EQUAL(d.path, "objectives[1].goal");
    CU_ASSERT_STRING_EQUAL(d.before, "min");
    CU_ASSERT_STRING_EQUAL(d.now, "max");
    job_values_release(&a);
    job_values_release(&b);
}

int main(void)
{
    CU_TestInfo tests[] = {{"taken", test_taken},
                           {"one objective", test_one},
                           {"refused", test_refused},
                           {"differences", test_differences},
                           CU_TEST_INFO_NULL};
    return unit_run("config_objectives", tests);
}
