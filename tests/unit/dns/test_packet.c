#include "dns/packet.h"

#include "check.h"
#include "dns/srv.h"
#include "dns/txt.h"

// A message without questions: flags, the number of answers, then answers.
static void begin(struct buf *message, unsigned flags, unsigned answers)
{
	buf_clear(message);
	buf_add_u16(message, 1);
	buf_add_u16(message, (uint16_t)flags);
	buf_add_u16(message, 0);
	buf_add_u16(message, (uint16_t)answers);
	buf_add_u32(message, 0);
}

static void add_record(struct buf *message, struct view name, unsigned type, struct view rdata)
{
	buf_add(message, name);
	buf_add_u16(message, (uint16_t)type);
	buf_add_u16(message, 1);
	buf_add_u32(message, 0);
	buf_add_u16(message, (uint16_t)rdata.len);
	buf_add(message, rdata);
}

#define WIRE_A VIEW_LIT("\1a\7example\0")
#define WIRE_B VIEW_LIT("\1b\7example\0")

static void records_of_the_name_and_type_are_given_alone(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf message = BUF_INIT;
	struct dns_records records;
	begin(&message, 0x8180, 4);
	add_record(&message, WIRE_A, DNS_A, VIEW_LIT("\300\0\2\1"));
	add_record(&message, WIRE_A, 46, VIEW_LIT("a signature"));
	add_record(&message, WIRE_B, DNS_A, VIEW_LIT("\300\0\2\2"));
	add_record(&message, VIEW_LIT("\1A\7EXAMPLE\0"), DNS_A, VIEW_LIT("\300\0\2\3"));
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_A, &arena, &records), 0);
	assert_int_equal(records.count, 2);
	assert_memory_equal(records.list[1].ptr, "\300\0\2\3", 4);
	assert_string_equal(records.owner, "a.example");
}

static void aliases_are_followed_in_whatever_order_they_stand(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf message = BUF_INIT;
	struct dns_records records;
	begin(&message, 0x8180, 2);
	add_record(&message, WIRE_B, DNS_TXT, VIEW_LIT("\1x"));
	add_record(&message, WIRE_A, DNS_CNAME, WIRE_B);
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_TXT, &arena, &records), 0);
	assert_int_equal(records.count, 1);
	assert_string_equal(records.owner, "b.example");
	begin(&message, 0x8180, 2); // a circle
	add_record(&message, WIRE_B, DNS_CNAME, WIRE_A);
	add_record(&message, WIRE_A, DNS_CNAME, WIRE_B);
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_TXT, &arena, &records), XICA_EPARSE);
	begin(&message, 0x8180, 2); // two ways to go
	add_record(&message, WIRE_A, DNS_CNAME, WIRE_B);
	add_record(&message, WIRE_A, DNS_CNAME, WIRE_B);
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_TXT, &arena, &records), XICA_EPARSE);
}

static void a_truncated_message_is_no_answer(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf message = BUF_INIT;
	struct dns_records records;
	begin(&message, 0x8180 | 0x0200, 0);
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_CAA, &arena, &records), XICA_EPARSE);
	begin(&message, 0x8180, 1);
	add_record(&message, WIRE_A, DNS_CAA, VIEW_LIT("\0\5issue;"));
	for (size_t len = 0; len < message.len; len++)
		assert_int_equal(dns_packet_read(view_sub(buf_view(&message), 0, len), VIEW_LIT("a.example"), DNS_CAA, &arena, &records), XICA_EPARSE);
	begin(&message, 0x0180, 0); // a question
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_CAA, &arena, &records), XICA_EPARSE);
	begin(&message, 0x8180, 65535);
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_CAA, &arena, &records), XICA_ERANGE);
}

static void the_rcode_is_told_by_name(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf message = BUF_INIT;
	struct dns_records records;
	begin(&message, 0x8183, 0);
	assert_int_equal(dns_packet_read(buf_view(&message), VIEW_LIT("a.example"), DNS_CAA, &arena, &records), 0);
	assert_string_equal(dns_rcode_text(records.rcode, &arena), "NXDOMAIN");
	assert_string_equal(dns_rcode_text(9, &arena), "RCODE 9");
}

static void the_strings_of_a_txt_record_are_joined(void **state)
{
	(void)state;
	cleanup_buf text = BUF_INIT;
	assert_int_equal(dns_txt_join(VIEW_LIT("\2ab\0\1c"), &text), 0);
	assert_view(buf_view(&text), "abc");
	assert_int_equal(dns_txt_join(VIEW_LIT("\2ab\3c"), &text), XICA_EPARSE);
	assert_int_equal(dns_txt_join(VIEW_NONE, &text), XICA_EPARSE);
	assert_view(buf_view(&text), "abc");
}

static void srv_records_are_sorted_by_priority_then_weight(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct dns_srv first, second, third;
	assert_int_equal(dns_srv_read(VIEW_LIT("\0\1\0\5\x14\x95\4XMPP\7example\0"), &arena, &first), 0);
	assert_int_equal(first.port, 5269);
	assert_string_equal(first.target, "xmpp.example");
	assert_int_equal(dns_srv_read(VIEW_LIT("\0\1\0\4\x14\x95\1b\0"), &arena, &second), 0);
	assert_int_equal(dns_srv_read(VIEW_LIT("\0\2\0\6\x14\x95\0"), &arena, &third), 0);
	assert_string_equal(third.target, "");
	assert_true(dns_srv_compare(&first, &second) < 0);
	assert_true(dns_srv_compare(&second, &third) < 0);
	assert_int_equal(dns_srv_compare(&first, &first), 0);
	assert_int_equal(dns_srv_read(VIEW_LIT("\0\1\0\4\x14\x95\xc0\0"), &arena, &second), XICA_EPARSE);
	assert_int_equal(dns_srv_read(VIEW_LIT("\0\1\0\4\x14\x95\0\0"), &arena, &second), XICA_EPARSE);
	assert_int_equal(dns_srv_read(VIEW_LIT("\0\1\0\4\x14\x95"), &arena, &second), XICA_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_the_name_and_type_are_given_alone),
		cmocka_unit_test(aliases_are_followed_in_whatever_order_they_stand),
		cmocka_unit_test(a_truncated_message_is_no_answer),
		cmocka_unit_test(the_rcode_is_told_by_name),
		cmocka_unit_test(the_strings_of_a_txt_record_are_joined),
		cmocka_unit_test(srv_records_are_sorted_by_priority_then_weight),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
