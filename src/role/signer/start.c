// The line with which the signer begins: by which key receipts are sealed, and what the CA's folder holds. What was done to the folder at a ceremony, perhaps on another machine,
// is the difference between two of them.
#include "base/hex.h"
#include "role/signer/signer.h"

// NULL: no memory.
static json_t *digest_json(struct view bytes)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	cleanup_buf hex = BUF_INIT;
	if (crypto_sha256(bytes, digest))
		return NULL;
	hex_encode(&hex, view_bytes(digest, sizeof(digest)));
	return buf_cstr(&hex) ? json_string(buf_cstr(&hex)) : NULL;
}

static json_t *issuers_json(const struct ca_dir *ca)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ca->issuer_count; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:o}", "id", ca->issuers[i].id, "sha256", digest_json(ca->issuers[i].certificate)));
	return list;
}

static json_t *roots_json(const struct ca_dir *ca)
{
	json_t *list = json_array();
	for (size_t i = 0; i < ca->root_count; i++) {
		json_t *root = json_pack("{s:s, s:o}", "id", ca->roots[i].id, "sha256", digest_json(ca->roots[i].certificate));
		if (root && ca->roots[i].crl.len)
			(void)json_object_set_new(root, "crl_sha256", digest_json(ca->roots[i].crl));
		(void)json_array_append_new(list, root);
	}
	return list;
}

int signer_note_start(struct signer_core *core)
{
	json_t *line = json_pack("{s:s, s:s, s:o, s:o, s:o}", "version", XICA_VERSION, "issuer", core->ca.issuers[0].id, "receipt_key",
				 digest_json(view_bytes(core->receipt_key, RECEIPT_KEY_LEN)), "issuers", issuers_json(&core->ca), "roots", roots_json(&core->ca));
	return line ? audit_add(core->audit, "start", line, clock_now()) : XICA_ENOMEM;
}
