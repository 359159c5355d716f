// Names and networks that the operator blocks: block-name, block-address, unblock, blocks. (Keys: control/blocked.c.)
#include <arpa/inet.h>
#include <string.h>

#include "base/log.h"
#include "config/address.h"
#include "role/registrar/audit.h"
#include "role/registrar/blocked.h"
#include "role/registrar/control/control.h"

enum { WIDEST4 = 96 + 8, WIDEST6 = 16 }; // bits: a wider network is a slip of the pen

static int read_name(struct control_command *command, struct view *ret_name)
{
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	struct view ascii, text = control_text(command, "name");
	if (pki_name_to_ascii(text, &command->arena, &ascii))
		return control_fail(command, XICA_EINVAL, "a name that is blocked must be a domain name");
	int error = pki_identifier_parse_dns(ascii, true, &command->arena, &identifier, &fault);
	if (error == XICA_EPARSE || (!error && identifier.wildcard))
		return control_fail(command, XICA_EINVAL, "a name that is blocked must be a domain name, without *: all names below it can be blocked with it");
	*ret_name = identifier.value;
	return error;
}

// One way of writing for each network, so that it is found again.
static const char *network_text(const struct config_network *network, struct arena *arena)
{
	static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN];
	bool four = network->prefix >= 96 && !memcmp(network->address, MAPPED, sizeof(MAPPED));
	if (!inet_ntop(four ? AF_INET : AF_INET6, network->address + (four ? 12 : 0), text, sizeof(text)))
		return NULL;
	return arena_printf(arena, "%s/%u", text, network->prefix - (four ? 96 : 0));
}

static int read_network(struct control_command *command, struct view *ret_network)
{
	struct config_network network;
	const char *text = arena_strdup(&command->arena, control_text(command, "address"));
	if (!text || config_network_parse(text, &network))
		return control_fail(command, XICA_EINVAL, "the address must be one, or a network as 192.0.2.0/24 or 2001:db8::/48, without bits beyond its length");
	const char *canonical = network_text(&network, &command->arena);
	if (!canonical)
		return XICA_ENOMEM;
	if (network.prefix < (strchr(canonical, ':') ? WIDEST6 : WIDEST4))
		return control_fail(command, XICA_EINVAL, "that is too much of the Internet: at least 8 bits of IPv4, 16 of IPv6");
	*ret_network = view_str(canonical);
	return XICA_OK;
}

static json_t *block_json(const struct store_block *block)
{
	json_t *json = json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", block->kind == STORE_BLOCK_NAME ? "name" : "address", "value", control_json_text(block->value), "reason",
				 control_json_text(block->reason), "by", control_json_text(block->who), "time", control_json_time(block->time));
	if (json && block->kind == STORE_BLOCK_NAME)
		(void)json_object_set_new(json, "below", json_boolean(block->below));
	return json;
}

// As it is kept now, however it was written, and whatever was known before.
static json_t *outcome_json(const struct store_block *block, struct arena *arena)
{
	json_t *json = block_json(block);
	const char *reason = arena_strdup(arena, block->reason);
	if (json && reason)
		(void)json_object_set_new(json, "reason", registrar_audit_short(reason));
	return json;
}

static int put(struct store_txn *txn, struct control_command *command, struct store_block *block)
{
	block->reason = control_text(command, "reason");
	block->who = command->by;
	block->time = command->now;
	struct store_block is;
	int error = store_block_get(txn, block->kind, block->value, &command->arena, &is);
	bool known = !error;
	if ((error && error != XICA_ENOTFOUND) || (error = store_block_put(txn, block)) ||
	    (error = store_block_get(txn, block->kind, block->value, &command->arena, &is)))
		return error;
	command->outcome = outcome_json(&is, &command->arena);
	command->result = block_json(&is);
	return command->result && command->outcome && !json_object_set_new(command->result, "added", json_boolean(!known)) ? XICA_OK : XICA_ENOMEM;
}

static int block_name(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_block block = {.kind = STORE_BLOCK_NAME, .below = json_is_true(json_object_get(command->arguments, "below"))};
	int error = read_name(command, &block.value);
	return error ? error : put(txn, command, &block);
}

static int block_address(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_block block = {.kind = STORE_BLOCK_NETWORK};
	int error = read_network(command, &block.value);
	return error ? error : put(txn, command, &block);
}

static void fronts_hear(struct control_command *command)
{
	log_info("the operator changes what is blocked value=%s", json_string_value(json_object_get(command->result, "value")));
	registrar_blocked_changed(command->registrar);
}

static int unblock(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	bool name = control_text(command, "name").len, address = control_text(command, "address").len;
	struct view value;
	if (name == address)
		return control_fail(command, XICA_EINVAL, "say what: a name or an address");
	int error = name ? read_name(command, &value) : read_network(command, &value);
	if (error)
		return error;
	error = store_block_delete(txn, name ? STORE_BLOCK_NAME : STORE_BLOCK_NETWORK, value);
	if (error == XICA_ENOTFOUND)
		return control_fail(command, error, "this is not blocked; what is wider or above it may be: see the list");
	command->result = error ? NULL : json_pack("{s:o}", "value", control_json_text(value));
	command->outcome = json_deep_copy(command->result);
	return error ? error : command->outcome ? XICA_OK : XICA_ENOMEM;
}

static int blocks(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct view kind = control_text(command, "kind");
	struct store_block *rows;
	size_t count, i, used = 0, limit = control_limit(command);
	if (!view_equal_str(kind, "name") && !view_equal_str(kind, "address"))
		return control_fail(command, XICA_EINVAL, "the kind must be name or address");
	int error = store_block_list(txn, view_equal_str(kind, "name") ? STORE_BLOCK_NAME : STORE_BLOCK_NETWORK, control_text(command, "after"), limit, &command->arena, &rows,
				     &count);
	if (error)
		return error;
	json_t *list = json_array();
	for (i = 0; i < count; i++)
		if (!control_page_add(list, block_json(&rows[i]), &used))
			break;
	json_t *next = i && (i < count || count == limit) ? control_json_text(rows[i - 1].value) : NULL;
	return control_page_end(command, "blocks", list, next);
}

const struct control_verb registrar_control_blocks[] = {
	{"block-name", CONTROL_ACT, block_name, fronts_hear, NULL},
	{"block-address", CONTROL_ACT, block_address, fronts_hear, NULL},
	{"unblock", CONTROL_ACT, unblock, fronts_hear, NULL},
	{"blocks", CONTROL_LOOK, blocks, NULL, NULL},
	{NULL},
};
