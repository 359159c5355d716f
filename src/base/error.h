// The one error type of every room. Functions return 0 or one of these (always negative); results come
// last as ret_… and stay untouched on failure.
#pragma once

#define XICA_MUST_CHECK [[gnu::warn_unused_result]]

enum xica_error {
	XICA_OK = 0,
	XICA_ENOMEM = -1,    // out of memory
	XICA_EINVAL = -2,    // the caller's own mistake: an argument that is never valid
	XICA_EPARSE = -3,    // bytes from outside that are not what they should be
	XICA_ERANGE = -4,    // well-formed, but beyond a bound that we set
	XICA_ENOTFOUND = -5, // no such object
	XICA_EEXIST = -6,    // there is one already
	XICA_ECONFLICT = -7, // a compare-and-set found another state than it expected
	XICA_EDENIED = -8,   // policy or permission says no
	XICA_ESIG = -9,      // a signature, MAC or seal does not verify
	XICA_ECRYPTO = -10,  // the crypto library failed
	XICA_EUNSUPPORTED = -11, // a well-formed thing that we do not do
	XICA_EIO = -12,      // a file, socket or database failed; errno may say more
	XICA_ECLOSED = -13,  // the other side has gone
	XICA_EAGAIN = -14,   // not now; try again later
	XICA_ETIMEDOUT = -15,
	XICA_EEXPIRED = -16, // was good once
	XICA_EWEAK = -17,    // a key that must not be used
};

// A short lower-case text for logs, never for strangers. Static storage.
const char *xica_strerror(int error);
