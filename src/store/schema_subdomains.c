// Step 8: names that are proven by an authorization of a domain above them (RFC 9444). In an order such a name stands beside its authorization, with the CAA
// receipt that is its own; several of an order may have the same authorization.
#include "store/schema.h"

const char SCHEMA_SUBDOMAINS[] =
	"ALTER TABLE authz ADD COLUMN subdomains INTEGER NOT NULL DEFAULT 0 CHECK (subdomains IN (0, 1));"
	"ALTER TABLE order_authz ADD COLUMN below TEXT NOT NULL DEFAULT '';" // the name; empty: the authorization's own
	"ALTER TABLE order_authz ADD COLUMN caa BLOB NOT NULL DEFAULT x'';"
	"DROP INDEX order_authz_authz;"
	"CREATE INDEX order_authz_authz ON order_authz (authz_id, order_id);";
