// The answer section of a DNS message (RFC 1035 §4.1): what it says of one name and one type. Pure.
#pragma once
#include "base/arena.h"

enum dns_type { DNS_A = 1, DNS_CNAME = 5, DNS_TXT = 16, DNS_AAAA = 28, DNS_SRV = 33, DNS_CAA = 257 };

enum dns_rcode { DNS_NOERROR = 0, DNS_FORMERR = 1, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_NOTIMP = 4, DNS_REFUSED = 5 };

enum { DNS_CNAME_MAX = 16, DNS_RECORDS_MAX = 512 };

struct dns_records {
	unsigned rcode;         // enum dns_rcode or another
	const char *owner;      // the name that the records stand at: the one asked for, or where its CNAMEs lead
	const struct view *list; // RDATA, in the order sent; views into the message
	size_t count;
};

// name: lower case, without a final dot. Follows the chain of CNAMEs inside the message. XICA_EPARSE: malformed, truncated (TC), a chain
// that is too long or ends in two targets; XICA_ERANGE: more than DNS_RECORDS_MAX records.
XICA_MUST_CHECK int dns_packet_read(struct view message, struct view name, enum dns_type type, struct arena *arena,
				    struct dns_records *ret_records);
// "NXDOMAIN", or "RCODE 17" in arena
const char *dns_rcode_text(unsigned rcode, struct arena *arena);
