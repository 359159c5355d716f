#include "dns/packet.h"

#include "dns/name.h"

enum { HEADER_LEN = 12, CLASS_IN = 1, FLAG_QR = 0x8000, FLAG_TC = 0x0200, RCODE_MASK = 0x0f };

struct record {
	const char *owner;
	unsigned type, class;
	struct view rdata;
	size_t rdata_at; // in the message, for names with pointers
};

static unsigned u16_at(struct view message, size_t at)
{
	return (unsigned)message.ptr[at] << 8 | message.ptr[at + 1];
}

static int read_name(struct view message, size_t *at, struct arena *arena, const char **ret_name)
{
	cleanup_buf text = BUF_INIT;
	int error = dns_name_read(message, at, true, &text);
	if (error)
		return error;
	*ret_name = arena_strdup(arena, buf_view(&text));
	return *ret_name ? XICA_OK : XICA_ENOMEM;
}

static int read_record(struct view message, size_t *at, struct arena *arena, struct record *ret_record)
{
	int error = read_name(message, at, arena, &ret_record->owner);
	if (error)
		return error;
	if (message.len - *at < 10)
		return XICA_EPARSE;
	ret_record->type = u16_at(message, *at);
	ret_record->class = u16_at(message, *at + 2);
	size_t len = u16_at(message, *at + 8);
	*at += 10; // the four bytes between class and length are the TTL
	if (message.len - *at < len)
		return XICA_EPARSE;
	ret_record->rdata = view_bytes(message.ptr + *at, len);
	ret_record->rdata_at = *at;
	*at += len;
	return XICA_OK;
}

static int skip_questions(struct view message, size_t *at)
{
	for (unsigned left = u16_at(message, 4); left; left--) {
		cleanup_buf text = BUF_INIT;
		int error = dns_name_read(message, at, true, &text);
		if (error)
			return error;
		if (message.len - *at < 4)
			return XICA_EPARSE;
		*at += 4;
	}
	return XICA_OK;
}

static int read_answers(struct view message, struct arena *arena, struct record **ret_records, size_t *ret_count)
{
	if (message.len < HEADER_LEN || !(u16_at(message, 2) & FLAG_QR) || u16_at(message, 2) & FLAG_TC)
		return XICA_EPARSE;
	size_t at = HEADER_LEN, count = u16_at(message, 6);
	if (count > DNS_RECORDS_MAX)
		return XICA_ERANGE;
	int error = skip_questions(message, &at);
	if (error)
		return error;
	struct record *records = arena_array(arena, count ? count : 1, sizeof(*records));
	if (!records)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		error = read_record(message, &at, arena, &records[i]);
		if (error)
			return error;
	}
	*ret_records = records;
	*ret_count = count;
	return XICA_OK;
}

static bool is_at(const struct record *record, const char *owner, enum dns_type type)
{
	return record->class == CLASS_IN && record->type == (unsigned)type && view_equal_str(view_str(record->owner), owner);
}

// The target of owner's CNAME; NULL in *ret_target: it has none.
static int read_alias(struct view message, const struct record *records, size_t count, const char *owner, struct arena *arena,
		      const char **ret_target)
{
	const char *target = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!is_at(&records[i], owner, DNS_CNAME))
			continue;
		size_t at = records[i].rdata_at;
		if (target || read_name(message, &at, arena, &target) || at != records[i].rdata_at + records[i].rdata.len)
			return XICA_EPARSE;
	}
	*ret_target = target;
	return XICA_OK;
}

static int follow_aliases(struct view message, const struct record *records, size_t count, struct arena *arena, const char **owner)
{
	for (unsigned hops = 0; hops <= DNS_CNAME_MAX; hops++) {
		const char *target;
		int error = read_alias(message, records, count, *owner, arena, &target);
		if (error)
			return error;
		if (!target)
			return XICA_OK;
		*owner = target;
	}
	return XICA_EPARSE;
}

int dns_packet_read(struct view message, struct view name, enum dns_type type, struct arena *arena, struct dns_records *ret_records)
{
	struct record *records;
	size_t count, found = 0;
	int error = read_answers(message, arena, &records, &count);
	if (error)
		return error;
	const char *owner = arena_strdup(arena, name);
	struct view *list = arena_array(arena, count ? count : 1, sizeof(*list));
	if (!owner || !list)
		return XICA_ENOMEM;
	if (type != DNS_CNAME) {
		error = follow_aliases(message, records, count, arena, &owner);
		if (error)
			return error;
	}
	for (size_t i = 0; i < count; i++)
		if (is_at(&records[i], owner, type))
			list[found++] = records[i].rdata;
	*ret_records = (struct dns_records){u16_at(message, 2) & RCODE_MASK, owner, list, found};
	return XICA_OK;
}

const char *dns_rcode_text(unsigned rcode, struct arena *arena)
{
	static const char *const NAMES[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
	if (rcode < sizeof(NAMES) / sizeof(NAMES[0]))
		return NAMES[rcode];
	const char *text = arena_printf(arena, "RCODE %u", rcode);
	return text ? text : "an error";
}
