/* Arrays of numbers in files are little-endian; on a machine that is not, their bytes are turned
 * over on the way. (Frames of records and protobuf messages see to that themselves.) Local. */
#ifndef PROTO_FILES_BYTE_ORDER_H
#define PROTO_FILES_BYTE_ORDER_H

#include <stddef.h>

/* `count` numbers of `width` bytes as a file has them: the numbers themselves on a little-endian
 * machine, where *owned is NULL; else a copy, which is *owned, the caller's to free(). NULL: no
 * memory. */
const void *byte_order_to_file(const void *numbers, size_t count, size_t width, void **owned);

/* The numbers that a file has at `from`, which need not be aligned. */
void byte_order_from_file(void *numbers, const void *from, size_t count, size_t width);

/* What both do on a machine that is not little-endian: each number's bytes in reverse. */
void byte_order_reverse(void *to, const void *from, size_t count, size_t width);

#endif
