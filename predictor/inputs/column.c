#include "predictor/inputs/column.h"

#include <math.h>

size_t column_known(struct column c)
{
    size_t known = 0;
    for (size_t i = 0; i < c.count; i++) known += !isnan(c.first[i * c.stride]);
    return known;
}

struct moments column_moments(struct column c)
{
    double n = (double)column_known(c), sum = 0, squares = 0;
    if (n == 0) return (struct moments){0};
    for (size_t i = 0; i < c.count; i++)
        if (!isnan(c.first[i * c.stride])) sum += c.first[i * c.stride];
    for (size_t i = 0; i < c.count; i++) {
        double x = c.first[i * c.stride];
        if (!isnan(x)) squares += (x - sum / n) * (x - sum / n);
    }
    return (struct moments){sum / n, sqrt(squares / n)};
}

struct moments column_standardise(struct column c)
{
    struct moments m = column_moments(c);
    if (m.deviation == 0) m.deviation = 1;
    for (size_t i = 0; i < c.count; i++)
        c.first[i * c.stride] = (c.first[i * c.stride] - m.mean) / m.deviation;
    return m;
}
