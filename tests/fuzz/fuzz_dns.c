// A DNS answer: the records of each type that we ask for, and what is read out of them.
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/name.h"
#include "dns/packet.h"
#include "dns/srv.h"
#include "dns/txt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_record(enum dns_type type, struct view rdata, struct arena *arena)
{
	cleanup_buf text = BUF_INIT;
	struct dns_srv srv;
	if (type == DNS_TXT && !dns_txt_join(rdata, &text) && text.len >= rdata.len)
		abort();
	if (type == DNS_SRV && !dns_srv_read(rdata, arena, &srv) && dns_srv_compare(&srv, &srv))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type TYPES[] = {DNS_A, DNS_AAAA, DNS_TXT, DNS_CAA, DNS_SRV, DNS_CNAME};
	struct view message = view_bytes(data, size);
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		struct dns_records records;
		if (dns_packet_read(message, VIEW_LIT("a.example"), TYPES[i], &arena, &records))
			continue;
		if (records.count > DNS_RECORDS_MAX || strlen(records.owner) > 4 * DNS_NAME_TEXT_MAX)
			abort();
		for (size_t n = 0; n < records.count; n++)
			read_record(TYPES[i], records.list[n], &arena);
	}
	cleanup_buf name = BUF_INIT;
	size_t at = 0;
	if (!dns_name_read(message, &at, true, &name) && at > size)
		abort();
	return 0;
}
