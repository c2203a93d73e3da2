#include "jobs/doctor/checks.h"

#include "base/process/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_TIMEOUT_S 20

static void check_pmix(struct findings *f)
{
    static char srun[] = "srun", list[] = "--mpi=list";
    char *const words[] = {srun, list, NULL};
    struct program_answer a;
    if (program_ask(&a, words, ASK_TIMEOUT_S) || !a.found) return;
    bool has = strstr(a.said, "pmix") != NULL;
    finding_say(f, has ? FINDING_OK : FINDING_WARN, "srun",
                has ? NULL
                    : "start ranks by mpirun within a batch script, or have Slurm's PMIx plugin "
                      "installed",
                has ? "has PMIx: srun --mpi=pmix starts ranks" : "has no PMIx");
}

static void check_allocation(struct findings *f)
{
    const char *job = getenv("SLURM_JOB_ID"), *nodes = getenv("SLURM_JOB_NODELIST");
    if (job)
        finding_say(f, FINDING_OK, "allocation", NULL, "job %s on %s", job, nodes ? nodes : "?");
    else
        finding_say(f, FINDING_NONE, "allocation",
                    "look at the nodes themselves: srun --mpi=pmix -N 2 sibyl doctor FOLDER",
                    "this is no job of Slurm's: what is said above is of this node");
}

void check_batch(struct findings *f)
{
    static char sinfo[] = "sinfo", bare[] = "-h", format[] = "-o", what[] = "%P %D %c %m %l";
    char *const words[] = {sinfo, bare, format, what, NULL};
    struct program_answer a;
    enum status st = program_ask(&a, words, ASK_TIMEOUT_S);
    if (st || !a.found) {
        finding_say(f, FINDING_NONE, "Slurm", NULL, "not here: mpirun starts ranks");
        return;
    }
    if (!a.well) {
        finding_say(f, FINDING_WARN, "Slurm", "look at what it says: sinfo",
                    "its programs are here, and its controller does not answer");
        return;
    }
    char *place = NULL;
    for (char *line = strtok_r(a.said, "\n", &place); line; line = strtok_r(NULL, "\n", &place)) {
        char partition[64], cpus[32], memory[32], limit[32];
        unsigned nodes;
        if (sscanf(line, "%63s %u %31s %31s %31s", partition, &nodes, cpus, memory, limit) == 5)
            finding_say(f, FINDING_OK, "Slurm", NULL,
                        "partition %s: %u nodes of %s CPUs and %s MB, for %s", partition, nodes,
                        cpus, memory, limit);
    }
    check_pmix(f);
    check_allocation(f);
}
