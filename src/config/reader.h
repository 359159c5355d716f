// What the files that read the configuration's sections share: options as libconfuse has them, with what holds where the file is silent.
#pragma once
#include <confuse.h>

#include "config/config.h"

#define CONFIG_END "end-of-file" // config.c puts it behind the text

struct config_reader {
	cfg_t *root;
	const char *name;    // of the file, for messages
	struct arena *arena; // of the configuration
	struct buf *why;
	bool failed;         // why has a fault; the first one alone is told
};

// Options have no default of libconfuse's own, so that what the file says stays told from what it does not.
#define CONFIG_TEXT(name, kind) CFG_STR_CB(name, NULL, CFGF_NODEFAULT, config_value_cb_##kind)
#define CONFIG_TEXTS(name, kind) CFG_STR_LIST_CB(name, NULL, CFGF_NODEFAULT, config_value_cb_##kind)
#define CONFIG_NUMBER(name, kind) CFG_INT_CB(name, 0, CFGF_NODEFAULT, config_value_cb_##kind)

bool config_reader_has(cfg_t *section, const char *name);
long config_reader_number(cfg_t *section, const char *name, long otherwise);
// In the reader's arena; NULL also when out of memory.
const char *config_reader_text(struct config_reader *reader, cfg_t *section, const char *name, const char *otherwise);
const char **config_reader_texts(struct config_reader *reader, cfg_t *section, const char *name, size_t *ret_count);
// As above, but the one text otherwise where the file has none.
const char **config_reader_texts_or(struct config_reader *reader, cfg_t *section, const char *name, const char *otherwise, size_t *ret_count);
// Say what is wrong; XICA_EPARSE. With a section: its last line is named.
XICA_MUST_CHECK int config_reader_refuse(struct config_reader *reader, cfg_t *section, const char *text);

// sections.c
extern cfg_opt_t config_options[]; // never written: libconfuse copies it, though it does not say so by its types
XICA_MUST_CHECK int config_sections_read(struct config_reader *reader, struct config *config);
// mail.c
extern cfg_opt_t config_mail_options[], config_site_options[];
XICA_MUST_CHECK int config_mail_read(struct config_reader *reader, struct config *config); // after `development`
XICA_MUST_CHECK int config_site_read(struct config_reader *reader, struct config *config);
// profiles.c
extern cfg_opt_t config_profile_options[];
XICA_MUST_CHECK int config_profiles_read(struct config_reader *reader, struct config *config);
