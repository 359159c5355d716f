// May a file that the administrator named be replaced?
#pragma once
#include "client/lineage.h"

// Yes where there is none, where its certificate is signed by itself, as packages make them for the beginning, or where it has a name of the lineage.
bool client_may_replace(const char *path, const struct client_lineage *lineage);
