/* What `effort` makes of a training: by labels, networks and size of graphs; the job's own keys
 * win. */
#include "jobs/config/recipe.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define JOB "data: {file: nb.sibyl, label: acc}\n"

static const struct recipe_facts few = {156, 5425, 7}, some = {1563, 5425, 7},
                                 many = {5000, 50000, 7}, most = {400, 729, 7},
                                 large = {156, 5425, 900};

/* The values of the job for these facts; `c` is the caller's to config_release(). */
static struct config_values *made(struct config *c, const char *text,
                                  const struct recipe_facts *facts)
{
    *c = (struct config){0};
    enum status st = config_parse(c, CONFIG_TRAIN, "job.yaml", text, strlen(text), NULL, 0);
    CU_ASSERT_EQUAL_FATAL(st, SIBYL_OK);
    recipe_apply(c->values, facts);
    CU_ASSERT_EQUAL(predictor_options_check(&c->values->predictor), SIBYL_OK);
    CU_ASSERT_EQUAL(training_options_check(&c->values->training.options), SIBYL_OK);
    return c->values;
}

/* `quick` is what the options are by themselves. */
static void test_quick(void)
{
    struct config c;
    struct predictor_options p;
    struct training_options t;
    predictor_options_default(&p);
    training_options_default(&t);
    const struct config_values *v = made(&c, JOB "effort: quick\n", &few);
    CU_ASSERT_EQUAL(v->predictor.layers, p.layers);
    CU_ASSERT_EQUAL(v->predictor.width, p.width);
    CU_ASSERT_EQUAL(v->predictor.members, p.members);
    CU_ASSERT_EQUAL_FATAL(v->predictor.head_count, p.head_count);
    CU_ASSERT(!memcmp(v->predictor.heads, p.heads, p.head_count * sizeof(p.heads[0])));
    CU_ASSERT_EQUAL(v->training.options.epochs, t.epochs);
    CU_ASSERT_EQUAL(v->training.options.batch, t.batch);
    CU_ASSERT_EQUAL(v->training.options.dropout, t.dropout);
    CU_ASSERT_EQUAL(v->training.options.loss.l1, t.loss.l1);
    CU_ASSERT_FALSE(v->training.structure);
    CU_ASSERT_EQUAL(v->training.pretraining, 0);
    config_release(&c);
}

/* More labels, fewer members and epochs; more effort, more of all. */
static void test_normal(void)
{
    struct config a, b, d, best;
    const struct config_values *f = made(&a, JOB, &few), *s = made(&b, JOB, &some),
                               *m = made(&d, JOB, &many),
                               *x = made(&best, JOB "effort: best\n", &few);
    CU_ASSERT_EQUAL(f->effort, EFFORT_NORMAL);
    CU_ASSERT(f->predictor.members >= s->predictor.members);
    CU_ASSERT(s->predictor.members > m->predictor.members);
    CU_ASSERT(f->training.options.epochs > s->training.options.epochs);
    CU_ASSERT(s->training.options.epochs > m->training.options.epochs);
    CU_ASSERT(x->predictor.members > f->predictor.members);
    CU_ASSERT(x->training.pretraining > f->training.pretraining);
    CU_ASSERT(f->training.bases >= s->training.bases);
    CU_ASSERT(s->training.bases > m->training.bases);
    CU_ASSERT(f->training.bases <= f->predictor.members);
    CU_ASSERT_TRUE(f->training.structure);
    CU_ASSERT_EQUAL_FATAL(f->predictor.head_count, 4);
    for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(f->predictor.heads[i], TOPOLOGY_GLOBAL);
    CU_ASSERT_EQUAL(m->training.pretraining, 1); /* of 50,000 networks, as many as of 5,000 in 10 */
    config_release(&a);
    config_release(&b);
    config_release(&d);
    config_release(&best);
}

static void test_no_pretraining(void)
{
    struct config c;
    CU_ASSERT_EQUAL(made(&c, JOB, &most)->training.pretraining, 0);
    config_release(&c);
    CU_ASSERT_EQUAL(made(&c, JOB "training: {from: p.sibyl}\n", &few)->training.pretraining, 0);
    config_release(&c);
    CU_ASSERT_EQUAL(made(&c, JOB "training: {structure: false}\n", &few)->training.pretraining, 0);
    config_release(&c);
    const struct config_values *v = made(&c, JOB, &large);
    CU_ASSERT_EQUAL(v->training.pretraining, 0);
    CU_ASSERT_FALSE(v->training.structure);
    CU_ASSERT_EQUAL(v->predictor.heads[0], TOPOLOGY_FORWARD);
    config_release(&c);
}

/* Keys of the job, wherever they stand, with values that are those of no effort. */
static void test_given(void)
{
    struct config c;
    const struct config_values *v =
        made(&c,
             JOB "effort: best\npredictor: {layers: 3, heads: [reach, global, forward]}\n"
                 "training: {epochs: 7, structure: true, pretraining: 0, loss: {l1: 0}}\n",
             &few);
    CU_ASSERT_EQUAL(v->predictor.layers, 3);
    CU_ASSERT_EQUAL(v->predictor.head_count, 3);
    CU_ASSERT_EQUAL(v->predictor.heads[0], TOPOLOGY_REACH);
    CU_ASSERT_EQUAL(v->predictor.width % 3, 0); /* fits them */
    CU_ASSERT_EQUAL(v->training.options.epochs, 7);
    CU_ASSERT_EQUAL(v->training.options.loss.l1, 0);
    CU_ASSERT_EQUAL(v->training.pretraining, 0);
    CU_ASSERT(v->predictor.members > 1);
    config_release(&c);
    v = made(&c, JOB "predictor: {heads: [reach, global, forward]}\n", &few);
    CU_ASSERT_EQUAL(v->predictor.width, 66); /* the next multiple of 3 */
    config_release(&c);
}

/* What is saved gives the same recipe again, and says no value that the job has not. */
static void test_saved(void)
{
    struct config c, again;
    const char *job = JOB "effort: best\ntraining: {epochs: 9}\n";
    made(&c, job, &few);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "effort: best"));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "epochs: 9"));
    CU_ASSERT_PTR_NULL(strstr(c.text, "members"));
    const struct config_values *v = made(&again, c.text, &few);
    CU_ASSERT_EQUAL(v->training.options.epochs, 9);
    CU_ASSERT_EQUAL(v->predictor.members, c.values->predictor.members);
    CU_ASSERT_EQUAL(v->training.pretraining, c.values->training.pretraining);
    CU_ASSERT_STRING_EQUAL(c.digest, again.digest);
    config_release(&c);
    config_release(&again);
}

static void test_text(void)
{
    struct config c;
    char text[1024];
    recipe_text(made(&c, JOB "training: {epochs: 7}\n", &few), text, sizeof(text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "training.epochs 7,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "predictor.heads global+global+global+global,"));
    recipe_text(c.values, text, 20);
    CU_ASSERT_EQUAL(strlen(text), 19); /* cut, not overrun */
    config_release(&c);
}

/* The model that a search job of this text has, and of the job file that is saved of it. */
static enum search_model model_of(const char *more)
{
    char text[400];
    struct config c = {0}, again = {0};
    snprintf(text, sizeof(text), "space: digits201\nevaluator: {kind: table, file: t.sibyl}\n%s",
             more);
    enum status st = config_parse(&c, CONFIG_SEARCH, "job.yaml", text, strlen(text), NULL, 0);
    CU_ASSERT_EQUAL_FATAL(st, SIBYL_OK);
    st = config_parse(&again, CONFIG_SEARCH, "job.yaml", c.text, strlen(c.text), NULL, 0);
    CU_ASSERT_EQUAL_FATAL(st, SIBYL_OK);
    enum search_model model = c.values->search.options.model;
    CU_ASSERT_EQUAL(again.values->search.options.model, model);
    CU_ASSERT_STRING_EQUAL(c.digest, again.digest);
    /* Folders of searches from before this key go on. */
    CU_ASSERT_EQUAL(!strstr(c.text, "effort"), !strstr(more, "effort"));
    config_release(&c);
    config_release(&again);
    return model;
}

static void test_search(void)
{
    CU_ASSERT_EQUAL(model_of(""), MODEL_AUTO);
    CU_ASSERT_EQUAL(model_of("effort: normal\n"), MODEL_AUTO);
    CU_ASSERT_EQUAL(model_of("effort: quick\n"), MODEL_STRUCTURE);
    CU_ASSERT_EQUAL(model_of("effort: best\n"), MODEL_ALTERNATE);
    CU_ASSERT_EQUAL(model_of("search: {model: alternate}\n"), MODEL_ALTERNATE);
    CU_ASSERT_EQUAL(model_of("effort: best\nsearch: {model: network}\n"), MODEL_NETWORK);
    CU_ASSERT_EQUAL(model_of("effort: quick\nsearch: {model: alternate}\n"), MODEL_ALTERNATE);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS) return 1;
    CU_pSuite s = CU_add_suite("recipe", NULL, NULL);
    if (!s || !CU_add_test(s, "quick", test_quick) || !CU_add_test(s, "normal", test_normal) ||
        !CU_add_test(s, "no pretraining", test_no_pretraining) ||
        !CU_add_test(s, "given", test_given) || !CU_add_test(s, "saved", test_saved) ||
        !CU_add_test(s, "text", test_text) || !CU_add_test(s, "search", test_search))
        return 1;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed > 0;
}
