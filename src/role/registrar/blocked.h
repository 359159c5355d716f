// What operators want nothing to do with: names get no certificate, and networks are turned away by the fronts, which are told.
#pragma once
#include "role/registrar/registrar.h"
#include "store/block.h"

// XICA_EDENIED: rejectedIdentifier, where one of the names is blocked.
int registrar_blocked_names(struct store_txn *txn, struct request *request, const struct pki_identifier *identifiers, size_t count);
int registrar_blocked_start(struct registrar *registrar);
void registrar_blocked_changed(struct registrar *registrar);                          // networks: all fronts are told
void registrar_blocked_tell(const struct registrar *registrar, struct ipc_channel *front); // one that came
void registrar_blocked_free(struct registrar *registrar);
