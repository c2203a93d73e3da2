#include "jobs/planning/plan_script.h"

#include "base/file.h"
#include "base/process/program.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARGIN 1.5        /* of time and memory asked for, over what is expected */
#define MARGIN_S 300      /* to start, and for file systems */
#define MARGIN_BYTES 64e6 /* for the same */
#define MIB 1048576

/* The folder `slurm` beside the program, or beside a folder that it is in: a source tree has one.
 * Malloc'd; NULL: there is none. */
static char *find_scripts(const char *program)
{
    char *at = strdup(program), *found = NULL, *slash;
    while (at && !found && (slash = strrchr(at, '/'))) {
        *slash = 0;
        char *script = file_join(at, "slurm/train.sbatch");
        if (script && access(script, R_OK) == 0) found = file_join(at, "slurm");
        free(script);
    }
    free(at);
    return found;
}

/* Lines that set SIBYL, which the scripts take the program from, and `scripts`. */
static void print_places(void)
{
    char *program = program_own_path();
    char *scripts = program ? find_scripts(program) : NULL;
    if (program) {
        printf("export SIBYL=${SIBYL:-");
        text_print_word(stdout, program);
        printf("}\n");
    }
    printf("scripts=${SIBYL_SLURM:-");
    text_print_word(stdout, scripts ? scripts : "slurm");
    printf("} # their comments tell an administrator what to adapt\n");
    free(scripts);
    free(program);
}

/* What the job's own script is to pass on to the program. */
static void print_flags(const struct options *o)
{
    for (int i = 0; i < o->set_count; i++) {
        printf(" --set ");
        text_print_word(stdout, o->sets[i]);
    }
    if (o->stall_s != OPTIONS_STALL_S) printf(" --stall-timeout %.17g", o->stall_s);
}

struct partition_wish plan_script_wish(const struct plan_job *j, int ranks)
{
    double bytes = plan_bytes(&j->plan, &j->tasks, ranks);
    double wall_s = plan_wall_s(&j->plan, &j->tasks, ranks), threads = j->run->threads;
    return (struct partition_wish){
        .ranks = ranks,
        .threads = threads,
        .rank_mib =
            j->runs_program ? 0 : threads * ceil((MARGIN * bytes + MARGIN_BYTES) / threads / MIB),
        .wall_s = 60 * ceil((MARGIN * wall_s + MARGIN_S) / 60),
    };
}

static void print_memory(const struct plan_job *j, const struct partition_wish *w)
{
    if (j->runs_program)
        printf("# No --mem-per-cpu: a rank takes %.0f MB, and what your program takes beside it "
               "only you know.\n",
               plan_bytes(&j->plan, &j->tasks, j->run->options->ranks) / 1e6);
    else
        printf("#SBATCH --mem-per-cpu=%.0fM\n", w->rank_mib / w->threads);
}

/* The plan's time has one evaluation at least in it. */
static void print_time(const struct plan_job *j, const struct partition_wish *w,
                       const struct partition *place)
{
    bool cut = place && place->limit_s < w->wall_s;
    printf("#SBATCH --time=%.0f\n", cut ? floor(place->limit_s / 60) : w->wall_s / 60);
    if (cut)
        printf(
            "# It takes about %.0f such jobs: each stops in time, goes back to the queue, and goes "
            "on.\n",
            ceil(w->wall_s / place->limit_s));
    if (j->runs_program)
        printf("# An evaluation that takes longer than --time begins anew each time: keep "
               "evaluator.timeout_s below it.\n");
}

static void print_partition(const struct partition_wish *w, const struct partition *place)
{
    if (!place) return;
    if (!place->standard) printf("#SBATCH --partition=%s\n", place->name);
    if (partition_ranks(place, w) < w->ranks)
        printf("# No partition has room for %.0f ranks; %s has most, for %.0f: give --ranks.\n",
               w->ranks, place->name, partition_ranks(place, w));
}

void plan_script_print(const struct plan_job *j, const struct partitions *all)
{
    const struct run *r = j->run;
    const struct partition_wish wish = plan_script_wish(j, r->options->ranks);
    const struct partition *place = partitions_choose(all, &wish);
    const char *verb = r->options->verb;
    if (j->runs_program && !(j->each_s > 0)) {
        printf("\nNo batch script, as how long an evaluation takes is not known: say it with "
               "--evaluation-time S\n");
        return;
    }
    printf("\n#!/bin/bash\n"
           "#SBATCH --job-name=sibyl-%s\n"
           "#SBATCH --ntasks=%d\n"
           "#SBATCH --cpus-per-task=%d\n",
           verb, r->options->ranks, r->threads);
    print_memory(j, &wish);
    print_time(j, &wish, place);
    print_partition(&wish, place);
    printf("#SBATCH --output=sibyl-%s-%%j.log\n"
           "#SBATCH --requeue\n"
           "#SBATCH --open-mode=append\n"
           "#SBATCH --signal=USR1@120\n",
           verb);
    print_places();
    printf("exec bash \"$scripts/%s.sbatch\" ", verb);
    text_print_word(stdout, r->job_file);
    putchar(' ');
    text_print_word(stdout, r->folder);
    print_flags(r->options);
    putchar('\n');
}
