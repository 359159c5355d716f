// Prosody's configuration files: whatever stands in them, the reader comes to an end, and its names lie in memory of its own.
#include <stdlib.h>
#include <string.h>

#include "client/server_prosody.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	struct client_proposal *list;
	size_t count;
	server.kind = &client_server_prosody;
	server.config = "/etc/prosody/prosody.cfg.lua";
	client_prosody_read_text(&server, view_bytes(data, size), NULL, 0);
	if (server.host_count > CLIENT_HOSTS_MAX || client_server_propose(&server, &server.arena, &list, &count))
		abort();
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < list[i].count; j++)
			if (!strchr(list[i].names[j], '.'))
				abort();
	return 0;
}
