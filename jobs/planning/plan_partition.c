#include "jobs/planning/plan_partition.h"

#include "base/process/program.h"
#include "jobs/run/walltime.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ASK_TIMEOUT_S 20

/* ---- what there is ---- */

/* "30:00", "7-00:00:00", "infinite"; false: nothing that is a limit. */
static bool read_limit(const char *text, double *out)
{
    *out = INFINITY;
    if (!strcmp(text, "infinite") || !strcmp(text, "UNLIMITED")) return true;
    return !walltime_parse(text, out);
}

/* A number, with a plus behind it where it is the least of several. */
static bool read_least(const char *text, double *out)
{
    char rest[2];
    int fields = sscanf(text, "%lf%1s", out, rest);
    return (fields == 1 || (fields == 2 && *rest == '+')) && isfinite(*out) && *out >= 0;
}

static bool read_line(const char *line, struct partition *out)
{
    char up[16], nodes[32], cpus[32], memory[32], limit[32];
    *out = (struct partition){0};
    if (sscanf(line, "%63[^|]|%15[^|]|%31[^|]|%31[^|]|%31[^|]|%31s", out->name, up, nodes, cpus,
               memory, limit) != 6)
        return false;
    size_t length = strlen(out->name);
    out->standard = out->name[length - 1] == '*';
    if (out->standard) out->name[length - 1] = '\0';
    return *out->name && !strcmp(up, "up") && read_least(nodes, &out->nodes) &&
           read_least(cpus, &out->cpus) && read_least(memory, &out->memory_mib) &&
           read_limit(limit, &out->limit_s);
}

/* sinfo has a line for each kind of node: of one partition they become one, of the least node. */
static void add(struct partitions *all, const struct partition *p)
{
    for (size_t i = 0; i < all->count; i++) {
        struct partition *same = &all->list[i];
        if (strcmp(same->name, p->name) != 0) continue;
        same->nodes += p->nodes;
        same->cpus = fmin(same->cpus, p->cpus);
        same->memory_mib = fmin(same->memory_mib, p->memory_mib);
        return;
    }
    if (all->count < PARTITIONS_MAX) all->list[all->count++] = *p;
}

void partitions_parse(struct partitions *out, const char *text)
{
    *out = (struct partitions){0};
    while (*text) {
        struct partition p;
        if (read_line(text, &p)) add(out, &p);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

void partitions_ask(struct partitions *out)
{
    static char sinfo[] = "sinfo", bare[] = "-h", form[] = "-o", what[] = "%P|%a|%D|%c|%m|%l";
    char *const words[] = {sinfo, bare, form, what, NULL};
    struct program_answer a;
    *out = (struct partitions){0};
    if (!program_ask(&a, words, ASK_TIMEOUT_S) && a.well) partitions_parse(out, a.said);
}

/* ---- what fits ---- */

double partition_ranks(const struct partition *p, const struct partition_wish *w)
{
    double of_node = floor(p->cpus / w->threads);
    if (w->rank_mib > 0) of_node = fmin(of_node, floor(p->memory_mib / w->rank_mib));
    return p->nodes * of_node;
}

/* Whether `a` is the better place. */
static bool better(const struct partition *a, const struct partition *b,
                   const struct partition_wish *w)
{
    double room_a = fmin(partition_ranks(a, w), w->ranks);
    double room_b = fmin(partition_ranks(b, w), w->ranks);
    bool long_a = a->limit_s >= w->wall_s, long_b = b->limit_s >= w->wall_s;
    if (room_a != room_b) return room_a > room_b;
    if (long_a != long_b) return long_a;
    if (!long_a) return a->limit_s > b->limit_s;
    if (a->standard != b->standard) return a->standard;
    return a->limit_s < b->limit_s;
}

const struct partition *partitions_choose(const struct partitions *all,
                                          const struct partition_wish *w)
{
    const struct partition *best = NULL;
    for (size_t i = 0; i < all->count; i++)
        if (!best || better(&all->list[i], best, w)) best = &all->list[i];
    return best;
}
