#include "base/standard_streams.h"
#include "comm/launch.h"
#include "comm/watchdog.h"
#include "jobs/jobs.h"
#include "jobs/run/signals.h"
#include "jobs/run/walltime.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What the command line says is to be done: a verb, or one of the three that say what there is. */
struct task {
    struct options options;
    const struct verb *verb; /* NULL: help or version */
};

/* Local, and the same on all ranks: all have the same arguments. */
static enum status task_read(struct task *task, int argc, char **argv)
{
    bool named = argc > 1 && argv[1][0] != '-', help = named && !strcmp(argv[1], "help");
    *task = (struct task){0};
    enum status st = named && !help ? verb_find(argv[1], &task->verb) : SIBYL_OK;
    if (!st) st = options_parse(&task->options, argc, argv);
    if (!st && !task->verb && task->options.operand_count > 2)
        st = err_set(SIBYL_E_USAGE, "want: sibyl help [VERB | KEY]");
    return st;
}

static bool only_says(const struct task *task)
{
    return !task->verb || task->options.help || task->options.version;
}

/* What there is to say of Sibyl itself, on rank 0. */
static enum status say(const struct task *task)
{
    const struct options *o = &task->options;
    if (o->version)
        printf("sibyl %s\n", SIBYL_VERSION);
    else if (o->operand_count && !task->verb)
        return help_topic(o->operands[0], o->operand_count > 1 ? o->operands[1] : NULL);
    else
        help_print(task->verb);
    return SIBYL_OK;
}

/* Collective. */
static enum status run_verb(struct team *t, const struct task *task)
{
    const struct options *o = &task->options;
    struct watchdog *watchdog = NULL;
    if (task->verb->kind == VERB_STOPPABLE && !o->dry_run)
        signals_install(walltime_left(o->walltime_s));
    enum status st = watchdog_start(&watchdog, t, o->stall_s);
    if (!st) st = task->verb->run(t, o);
    watchdog_stop(watchdog);
    return st;
}

/* By this process alone: a launcher's other ranks have nothing to do, or there are none. No MPI is
 * started, unless something needs a process grid. */
static enum status run_alone(const struct task *task)
{
    struct team *t = NULL;
    enum status st = team_self(&t);
    if (!st) st = run_verb(t, task);
    team_release(t);
    comm_stop();
    return st;
}

/* Prints the message of a failure, which is set then, and of one to print; the exit status. */
static int leave(enum status st, bool root)
{
    if (st && root) fprintf(stderr, "sibyl: %s\n", err_message());
    enum status printed = standard_streams_close();
    if (printed && root) fprintf(stderr, "sibyl: %s\n", err_message());
    return status_exit_code(st ? st : printed);
}

/* By all ranks that a launcher has started. */
static int run_ranks(const struct task *task)
{
    struct team *t = NULL;
    enum status st = comm_start(NULL, NULL);
    if (st) return leave(st, true);
    st = team_world(&t);
    if (st) {
        fprintf(stderr, "sibyl: %s\n", err_message());
        comm_abort(status_exit_code(st));
    }
    st = team_agree(t, run_verb(t, task));
    int code = leave(st, team_rank(t) == 0);
    team_release(t);
    comm_stop();
    return code;
}

/* Ends a local verb without what libraries do at exit: OpenBLAS waits for its threads there, and
 * under a small limit on memory they never end. All streams have been closed before. */
static _Noreturn void end_local(int code)
{
    _exit(code);
}

int main(int argc, char **argv)
{
    struct task task;
    struct launch launch = launch_read();
    bool root = launch.rank == 0;
    standard_streams_open();
    enum status st = task_read(&task, argc, argv);
    bool local = st || only_says(&task) || task.verb->kind == VERB_LOCAL || task.options.dry_run;
    /* A launcher ends all ranks as soon as one fails: what rank 0 has to say comes first. */
    if (local && !root) return 0;
    if (st) end_local(leave(st, root));
    if (only_says(&task)) end_local(leave(say(&task), root));
    if (local) end_local(leave(run_alone(&task), root));
    if (launch.size == 1) return leave(run_alone(&task), root);
    return run_ranks(&task);
}
