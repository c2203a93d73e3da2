#include "proto/files/byte_order.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_little(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

void byte_order_reverse(void *to, const void *from, size_t count, size_t width)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    for (size_t i = 0; i < count; i++, out += width, in += width)
        for (size_t k = 0; k < width; k++) out[k] = in[width - 1 - k];
}

const void *byte_order_to_file(const void *numbers, size_t count, size_t width, void **owned)
{
    *owned = NULL;
    if (is_little()) return numbers;
    *owned = malloc(count * width + 1);
    if (*owned) byte_order_reverse(*owned, numbers, count, width);
    return *owned;
}

void byte_order_from_file(void *numbers, const void *from, size_t count, size_t width)
{
    if (is_little())
        memcpy(numbers, from, count * width);
    else
        byte_order_reverse(numbers, from, count, width);
}
