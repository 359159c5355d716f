// How the registrar is, told to the metrics' memory (role/metrics/metrics.h).
#pragma once
#include "role/registrar/registrar.h"

int registrar_metrics_start(struct registrar *registrar);
// What was counted since the last beat: before the store is closed.
void registrar_metrics_tell(struct registrar *registrar);
void registrar_metrics_free(struct registrar *registrar);
void registrar_metrics_limited(const struct registrar *registrar, enum store_limit_kind kind);
void registrar_metrics_blocked(const struct registrar *registrar);
// A CRL is out, or was at the start.
void registrar_metrics_crl(const struct registrar *registrar, const char *issuer_id, uint32_t shard, uint64_t number, xica_time this_update, xica_time next_update);
