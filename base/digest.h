/* Checksums and digests over bytes: XXH3 for errors of storage, SHA-256 for names that people
 * compare. Local. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct hash128 {
    uint64_t high, low;
};

#define HASH128_TEXT_BYTES 33
#define SHA256_TEXT_BYTES 65

uint64_t digest_xxh64(const void *data, size_t bytes);             /* XXH3, 64 bits */
struct hash128 digest_xxh128(const void *data, size_t bytes);      /* XXH3, 128 bits */
int hash128_compare(struct hash128 a, struct hash128 b);           /* < 0, 0, > 0 */
void hash128_text(struct hash128 h, char out[HASH128_TEXT_BYTES]); /* 32 lower-case hex digits */
/* SHA-256 of two pieces, one behind the other, as 64 lower-case hex digits. */
void digest_sha256_text(const void *first, size_t first_bytes, const void *second,
                        size_t second_bytes, char out[SHA256_TEXT_BYTES]);

#endif
