#include "base/error.h"

const char *xica_strerror(int error)
{
	switch ((enum xica_error)error) {
	case XICA_OK: return "success";
	case XICA_ENOMEM: return "out of memory";
	case XICA_EINVAL: return "invalid argument";
	case XICA_EPARSE: return "malformed";
	case XICA_ERANGE: return "out of bounds";
	case XICA_ENOTFOUND: return "not found";
	case XICA_EEXIST: return "exists already";
	case XICA_ECONFLICT: return "state changed meanwhile";
	case XICA_EDENIED: return "denied";
	case XICA_ESIG: return "signature does not verify";
	case XICA_ECRYPTO: return "crypto library failed";
	case XICA_EUNSUPPORTED: return "not supported";
	case XICA_EIO: return "input/output error";
	case XICA_ECLOSED: return "connection closed";
	case XICA_EAGAIN: return "try again later";
	case XICA_ETIMEDOUT: return "timed out";
	case XICA_EEXPIRED: return "expired";
	case XICA_EWEAK: return "weak key";
	}
	return "unknown error";
}
