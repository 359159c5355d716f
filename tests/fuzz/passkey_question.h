// What the fuzzers of passkeys asked: the corpus answers this.
#pragma once
#include <stdlib.h>

#include "site/passkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PASSKEY_CHALLENGE "a challenge of 32 bytes, random.." // in base64url: YSBjaGFsbGVuZ2Ugb2YgMzIgYnl0ZXMsIHJhbmRvbS4u
static const struct passkey_asked QUESTION = {{(const uint8_t *)PASSKEY_CHALLENGE, sizeof(PASSKEY_CHALLENGE) - 1},
	{(const uint8_t *)"https://ca.example.org", 22}};
#define PASSKEY_CLIENT_DATA(type)                                                                                          \
	"{\"type\":\"" type "\",\"challenge\":\"YSBjaGFsbGVuZ2Ugb2YgMzIgYnl0ZXMsIHJhbmRvbS4u\",\"origin\":\"https://ca.example.org\",\"crossOrigin\":false}"
