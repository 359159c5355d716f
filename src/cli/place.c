#include "cli/place.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

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

static int read_dev(const char *dir, struct config *ret_config, struct buf *why)
{
	char absolute[PATH_MAX];
	cleanup_buf text = BUF_INIT;
	if (!realpath(dir, absolute)) {
		buf_addf(why, "%s: %s", dir, strerror(errno));
		return XICA_ENOTFOUND;
	}
	int error = config_dev(&(struct config_dev_options){.dir = absolute}, &text);
	return error ? error : config_parse(buf_view(&text), "--dev", ret_config, why);
}

static int read_file(const char *file, struct config *ret_config, struct buf *why)
{
	cleanup_buf text = BUF_INIT;
	int error = file_read(file, CONFIG_MAX, &text);
	if (error) {
		buf_addf(why, "%s can't be read: %s", file, strerror(errno));
		return error;
	}
	return config_parse(buf_view(&text), file, ret_config, why);
}

int cli_place_config(const char *dev_dir, const char *config_file, struct config *ret_config, struct buf *why)
{
	return dev_dir ? read_dev(dev_dir, ret_config, why) : read_file(config_file ? config_file : DEFAULT_CONFIG, ret_config, why);
}

int cli_place_find(enum cli_place place, const char *dev_dir, const char *config_file, struct buf *path_out, struct buf *why)
{
	struct config config;
	if (dev_dir) {
		buf_addf(path_out, "%s/%s", dev_dir, below_dev(place));
		return buf_error(path_out);
	}
	int error = cli_place_config(NULL, config_file, &config, why);
	if (error)
		return error;
	buf_add_str(path_out, configured(place, &config));
	config_free(&config);
	return buf_error(path_out);
}
