#include "search/engine/progress.h"

#include "base/duration.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAIRS (PROGRESS_SAMPLES * (PROGRESS_SAMPLES - 1) / 2)
#define DAY_S 86400.0

static void progress_put(struct progress_sample *list, size_t *count, double x, double seconds)
{
    list[(*count)++ % PROGRESS_SAMPLES] = (struct progress_sample){x, seconds};
}

void progress_model(struct progress *p, size_t known, double seconds)
{
    progress_put(p->model, &p->models, (double)known, fmax(seconds, 0));
}

void progress_evaluated(struct progress *p, size_t evaluations, double seconds)
{
    if (evaluations)
        progress_put(p->evaluations, &p->windows, (double)evaluations, fmax(seconds, 0));
}

static size_t progress_kept(size_t count)
{
    return count < PROGRESS_SAMPLES ? count : PROGRESS_SAMPLES;
}

static int progress_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double progress_median(double *list, size_t count)
{
    qsort(list, count, sizeof(*list), progress_compare);
    return count % 2 ? list[count / 2] : 0.5 * (list[count / 2 - 1] + list[count / 2]);
}

/* The growth for each further result: the median over all pairs of samples (Theil and Sen), which
 * single slow rounds do not move. With one sample the time is taken to grow in proportion. */
static double progress_slope(const struct progress *p)
{
    double slopes[PAIRS];
    size_t kept = progress_kept(p->models), count = 0;
    for (size_t i = 0; i < kept; i++)
        for (size_t k = 0; k < i; k++) {
            double apart = p->model[i].count - p->model[k].count;
            if (fabs(apart) > 0)
                slopes[count++] = (p->model[i].seconds - p->model[k].seconds) / apart;
        }
    const struct progress_sample *last = &p->model[(p->models - 1) % PROGRESS_SAMPLES];
    double proportional = last->seconds / fmax(last->count, 1);
    if (count == 0) return proportional;
    return fmin(fmax(progress_median(slopes, count), 0), 3 * proportional);
}

/* Of all rounds to come. */
static double progress_model_s(const struct progress *p, const struct progress_ahead *a)
{
    double starts[PROGRESS_SAMPLES], slope = progress_slope(p);
    size_t kept = progress_kept(p->models);
    for (size_t i = 0; i < kept; i++) starts[i] = p->model[i].seconds - slope * p->model[i].count;
    double start = progress_median(starts, kept), batch = a->batch ? a->batch : 1;
    double rounds = ceil((double)a->left / batch);
    double middle = (double)a->known + 0.5 * batch * (rounds - 1);
    return fmax(rounds * (start + slope * middle), 0);
}

double progress_left_s(const struct progress *p, const struct progress_ahead *a)
{
    double count = 0, seconds = 0;
    if (!a->left) return 0;
    if (!p->windows || (a->model && !p->models)) return (double)NAN;
    for (size_t i = 0; i < progress_kept(p->windows); i++) {
        count += p->evaluations[i].count;
        seconds += p->evaluations[i].seconds;
    }
    return (double)a->left * seconds / count + (a->model ? progress_model_s(p, a) : 0);
}

static void progress_end_text(char *out, size_t bytes, const struct progress_now *now)
{
    char left[64], clock[32] = "";
    struct tm day;
    time_t end;
    *out = '\0';
    if (!isfinite(now->left_s)) {
        snprintf(out, bytes, ", end not known yet");
        return;
    }
    duration_text(left, sizeof(left), now->left_s);
    end = (time_t)now->time + (time_t)ceil(fmin(now->left_s, 1e10));
    if (localtime_r(&end, &day))
        strftime(clock, sizeof(clock), now->left_s < DAY_S ? " (%H:%M)" : " (%Y-%m-%d)", &day);
    snprintf(out, bytes, ", ends in %s%s", left, now->left_s < 60 ? "" : clock);
}

void progress_text(char *out, size_t bytes, const struct progress_now *n)
{
    char of[32] = "", running[40] = "", failed[40] = "", best[96] = "none yet", rate[48] = "";
    char end[160] = "";
    if (n->total) snprintf(of, sizeof(of), "/%" PRIu64, n->total);
    if (n->running) snprintf(running, sizeof(running), ", %" PRIu64 " running", n->running);
    if (n->failed) snprintf(failed, sizeof(failed), ", %" PRIu64 " failed", n->failed);
    if (n->found) snprintf(best, sizeof(best), "%.6g at evaluation %" PRIu64, n->best, n->best_at);
    if (n->per_hour > 0)
        snprintf(rate, sizeof(rate), n->per_hour < 1000 ? "; %.3g/h" : "; %.0f/h", n->per_hour);
    if (n->total > n->done) progress_end_text(end, sizeof(end), n);
    snprintf(out, bytes, "%s: %" PRIu64 "%s evaluations%s%s; best %s%s%s", n->name, n->done, of,
             running, failed, best, rate, end);
}
