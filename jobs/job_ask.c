#include "jobs/jobs.h"

#include "jobs/run/visiting.h"
#include "search/evaluators/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* All lines, made while the books are open and printed when they are closed: a reader that is slow
 * keeps nobody else waiting. */
static enum status requests(const struct visiting *v, const uint64_t *tasks, size_t count,
                            FILE *out)
{
    const struct ledger *l = &v->visit.ledger;
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < count && !st; i++) {
        const struct fidelity *f = &v->search.options->fidelity;
        const struct history_entry *e = &l->history.entries[tasks[i]];
        const struct request q = {.task = tasks[i],
                                  .seed = ledger_task_seed(l, tasks[i]),
                                  .budget = f->levels ? f->budgets[e->level] : 0,
                                  .after = e->level && f->continues ? e->after + 1 : 0,
                                  .many = fidelity_is_many(f)};
        char *line = NULL;
        st = request_line(v->space, &e->candidate, &q, &line);
        if (!st) fputs(line, out);
        free(line);
    }
    return st;
}

/* Why there are fewer than were asked for; on stderr, for stdout is the answer. */
static void tell_why(const struct visiting *v)
{
    const struct ledger *l = &v->visit.ledger;
    uint64_t *tasks = NULL;
    size_t pending = 0;
    (void)visit_pending(&v->visit, &tasks, &pending);
    free(tasks);
    if (v->visit.over)
        fprintf(stderr, "sibyl: nothing is left to ask: %s\n",
                l->reached           ? "search.target is reached"
                : v->visit.exhausted ? "no further network was found in the space"
                                     : "the search is at its end (search.evaluations)");
    else if (l->reached || ledger_left(l) == 0)
        fprintf(stderr,
                "sibyl: nothing is left to ask: %s; %zu networks that were asked for are pending "
                "(sibyl ask --pending prints them)\n",
                l->reached ? "search.target is reached" : "search.evaluations is used up", pending);
    else
        fprintf(stderr, "sibyl: no further network was found%s\n",
                l->pending ? " for now; there may be some when pending ones are told" : "");
}

static enum status ask(struct visiting *v, const struct options *o, FILE *out)
{
    size_t wanted = o->number ? o->number : 1, count = 0;
    uint64_t *tasks = NULL;
    enum status st = SIBYL_OK;
    if (o->pending) {
        st = visit_pending(&v->visit, &tasks, &count);
        if (o->number && count > o->number) count = o->number;
    } else if (!(tasks = calloc(wanted, sizeof(*tasks)))) {
        st = err_memory("the tasks that are asked for");
    } else {
        st = visit_ask(&v->visit, wanted, tasks, &count);
    }
    if (!st) st = requests(v, tasks, count, out);
    if (!st) st = visiting_end(v, false);
    if (!st && !o->pending && count < wanted) tell_why(v);
    free(tasks);
    return st;
}

enum status job_ask(struct team *t, const struct options *o)
{
    struct visiting v = {0};
    char *text = NULL;
    size_t bytes = 0;
    enum status st = visiting_open(&v, t, o);
    FILE *out = st || o->dry_run ? NULL : open_memstream(&text, &bytes);
    if (!st && !o->dry_run && !out) st = err_memory("the networks that are asked for");
    if (!st && out) st = ask(&v, o, out);
    if (out && fclose(out) && !st) st = err_memory("the networks that are asked for");
    visiting_close(&v);
    if (!st && text) fputs(text, stdout);
    free(text);
    return st;
}
