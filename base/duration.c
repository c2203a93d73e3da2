#include "base/duration.h"

#include <math.h>
#include <stdio.h>

/* How many of `unit` are in what is left of `whole` over multiples of `larger`. */
static double part(double whole, double larger, double unit)
{
    return floor(fmod(whole, larger) / unit);
}

void duration_text(char *out, size_t bytes, double s)
{
    double whole = ceil(s);
    if (s < 10)
        snprintf(out, bytes, "%.1f s", s);
    else if (whole < 60)
        snprintf(out, bytes, "%.0f s", whole);
    else if (whole < 3600)
        snprintf(out, bytes, "%.0f min %02.0f s", floor(whole / 60), part(whole, 60, 1));
    else if (whole < 86400)
        snprintf(out, bytes, "%.0f h %02.0f min", floor(whole / 3600), part(whole, 3600, 60));
    else
        snprintf(out, bytes, "%.0f d %02.0f h", floor(whole / 86400), part(whole, 86400, 3600));
}
