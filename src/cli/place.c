#include "cli/place.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "config/config.h"

enum { CONFIG_MAX = 1 << 20 };

static const char DEFAULT_CONFIG[] = XICA_SYSCONFDIR "/xica/xicad.conf";

static const char *below_dev(enum cli_place place)
{
	switch (place) {
	case CLI_CONTROL_SOCKET: return "control.sock";
	case CLI_AUDIT_LOG: return "audit.log";
	case CLI_CA_DIR: return "ca";
	}
	return "";
}

static const char *configured(enum cli_place place, const struct config *config)
{
	switch (place) {
	case CLI_CONTROL_SOCKET: return config->control_socket;
	case CLI_AUDIT_LOG: return config->audit_log;
	case CLI_CA_DIR: return config->ca_dir;
	}
	return "";
}

int cli_place_find(enum cli_place place, const char *dev_dir, const char *config_file, struct buf *path_out, struct buf *why)
{
	const char *file = config_file ? config_file : DEFAULT_CONFIG;
	cleanup_buf text = BUF_INIT;
	struct config config;
	if (dev_dir) {
		buf_addf(path_out, "%s/%s", dev_dir, below_dev(place));
		return buf_error(path_out);
	}
	int error = file_read(file, CONFIG_MAX, &text);
	if (error) {
		buf_addf(why, "%s can't be read: %s", file, strerror(errno));
		return error;
	}
	if ((error = config_parse(buf_view(&text), file, &config, why)))
		return error;
	buf_add_str(path_out, configured(place, &config));
	config_free(&config);
	return buf_error(path_out);
}
