#include "base/digest.h"

#include <inttypes.h>
#include <sha2.h>
#include <stdio.h>
#include <xxhash.h>

uint64_t digest_xxh64(const void *data, size_t bytes)
{
    return XXH3_64bits(data, bytes);
}

struct hash128 digest_xxh128(const void *data, size_t bytes)
{
    XXH128_hash_t h = XXH3_128bits(data, bytes);
    return (struct hash128){.high = h.high64, .low = h.low64};
}

int hash128_compare(struct hash128 a, struct hash128 b)
{
    if (a.high != b.high) return a.high < b.high ? -1 : 1;
    if (a.low != b.low) return a.low < b.low ? -1 : 1;
    return 0;
}

void hash128_text(struct hash128 h, char out[HASH128_TEXT_BYTES])
{
    snprintf(out, HASH128_TEXT_BYTES, "%016" PRIx64 "%016" PRIx64, h.high, h.low);
}

void digest_sha256_text(const void *first, size_t first_bytes, const void *second,
                        size_t second_bytes, char out[SHA256_TEXT_BYTES])
{
    SHA2_CTX context;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Init(&context);
    SHA256Update(&context, first, first_bytes);
    SHA256Update(&context, second, second_bytes);
    SHA256Final(digest, &context);
    for (size_t i = 0; i < sizeof(digest); i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
