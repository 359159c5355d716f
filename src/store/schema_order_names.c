// Step 12: orders are found by a name that is proven by an authorization of a domain above it. (By the authorization's own name they are found already.)
#include "store/schema.h"

const char SCHEMA_ORDER_NAMES[] = "CREATE INDEX order_authz_below ON order_authz (below, order_id) WHERE below <> '';";
