#include "config/reader.h"

static cfg_opt_t *given(cfg_t *section, const char *name)
{
	cfg_opt_t *option = section ? cfg_getopt(section, name) : NULL;
	return option && cfg_opt_size(option) ? option : NULL;
}

bool config_reader_has(cfg_t *section, const char *name)
{
	return given(section, name);
}

long config_reader_number(cfg_t *section, const char *name, long otherwise)
{
	cfg_opt_t *option = given(section, name);
	return option ? cfg_opt_getnint(option, 0) : otherwise;
}

const char *config_reader_text(struct config_reader *reader, cfg_t *section, const char *name, const char *otherwise)
{
	cfg_opt_t *option = given(section, name);
	const char *text = option ? cfg_opt_getnstr(option, 0) : otherwise;
	return text ? arena_strdup(reader->arena, view_str(text)) : NULL;
}

const char **config_reader_texts(struct config_reader *reader, cfg_t *section, const char *name, size_t *ret_count)
{
	cfg_opt_t *option = given(section, name);
	size_t count = option ? cfg_opt_size(option) : 0;
	const char **list = arena_array(reader->arena, count + 1, sizeof(*list));
	for (size_t i = 0; list && i < count; i++)
		list[i] = arena_strdup(reader->arena, view_str(cfg_opt_getnstr(option, (unsigned)i)));
	*ret_count = list ? count : 0;
	return list;
}

const char **config_reader_texts_or(struct config_reader *reader, cfg_t *section, const char *name, const char *otherwise, size_t *ret_count)
{
	const char **list = config_reader_texts(reader, section, name, ret_count);
	if (list && !*ret_count && !config_reader_has(section, name)) {
		list[0] = otherwise;
		*ret_count = 1;
	}
	return list;
}

int config_reader_refuse(struct config_reader *reader, cfg_t *section, const char *text)
{
	if (!reader->failed && section)
		buf_addf(reader->why, "%s:%d: %s: %s", reader->name, section->line, section->title ? section->title : section->name, text);
	else if (!reader->failed)
		buf_addf(reader->why, "%s: %s", reader->name, text);
	reader->failed = true;
	return XICA_EPARSE;
}
