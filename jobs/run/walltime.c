#include "jobs/run/walltime.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RESERVE_S 60.0     /* at most, to stop in */
#define RESERVE_SHARE 0.1  /* of the time there is */
#define FIELD_MAX 1000000L /* no number of a time is larger */

/* Numbers with colons between; returns how many, 0: it is none. */
static int fields_of(const char *text, long *fields, int most)
{
    for (int count = 0; count < most; text++) {
        char *end;
        if (!isdigit((unsigned char)*text)) return 0;
        fields[count] = strtol(text, &end, 10);
        if (fields[count++] > FIELD_MAX) return 0;
        if (*end == '\0') return count;
        if (*end != ':') return 0;
        text = end;
    }
    return 0;
}

enum status walltime_parse(const char *text, double *out_s)
{
    long f[3] = {0}, days = 0;
    const char *dash = strchr(text, '-');
    char *end = NULL;
    bool has_days = dash && isdigit((unsigned char)*text);
    if (has_days) days = strtol(text, &end, 10);
    int count = has_days && (end != dash || days > FIELD_MAX)
                    ? 0
                    : fields_of(has_days ? dash + 1 : text, f, 3);
    double s = (double)days * 86400;
    if (has_days || count == 3)
        s += (double)f[0] * 3600 + (double)f[1] * 60 + (double)f[2];
    else
        s += (double)f[0] * 60 + (double)f[1];
    if (count == 0 || s <= 0)
        return err_set(SIBYL_E_USAGE,
                       "--walltime %s: want MINUTES, M:S, H:M:S, D-H, D-H:M or D-H:M:S", text);
    *out_s = s;
    return SIBYL_OK;
}

double walltime_left(double given_s)
{
    const char *end_time = getenv("SLURM_JOB_END_TIME"); /* seconds since 1970 */
    double left = given_s;
    if (left <= 0 && end_time) {
        double end = strtod(end_time, NULL), now = (double)time(NULL);
        if (!isfinite(end) || end <= now) return 0; /* of an allocation that is over */
        left = end - now;
    }
    return left > 0 ? left - fmin(RESERVE_S, RESERVE_SHARE * left) : 0;
}
