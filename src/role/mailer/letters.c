#include "role/mailer/letters.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "role/site_folder.h"
#include "site/mail_address.h"

enum { ID_LEN = 16 };

static const char *const LANGUAGES[] = {"en", "de"}; // the first is for those who want one that we haven't
enum { LANGUAGE_COUNT = sizeof(LANGUAGES) / sizeof(LANGUAGES[0]) };

struct mailer_letters {
	const struct config *config;
	struct letter_catalogue catalogues[LANGUAGE_COUNT];
	struct view from_name, from; // in arena
	struct arena arena;
};

static int read_catalogue(const char *folder, const char *language, struct letter_catalogue *catalogue)
{
	cleanup_buf path = BUF_INIT, text = BUF_INIT;
	buf_addf(&path, "%s/letters/%s.json", folder, language);
	const char *name = buf_cstr(&path);
	int error = name ? file_read(name, LETTER_CATALOGUE_MAX, &text) : XICA_ENOMEM;
	if (!error)
		error = letter_catalogue_parse(buf_view(&text), catalogue);
	if (error)
		log_error("the letters' texts %s can't be used: %s", name ? name : "", xica_strerror(error));
	return error;
}

int mailer_letters_open(const struct config *config, struct mailer_letters **ret_letters)
{
	cleanup_buf beside = BUF_INIT;
	const char *folder = role_site_folder(config, &beside);
	struct mailer_letters *letters = calloc(1, sizeof(*letters));
	if (!letters)
		return XICA_ENOMEM;
	letters->config = config;
	int error = mail_address_parse_mailbox(view_str(config->mail_from), config->lenient_names, &letters->arena, &letters->from_name, &letters->from);
	if (error)
		log_error("mail: from: %s is no address", config->mail_from);
	for (size_t i = 0; !error && i < LANGUAGE_COUNT; i++)
		error = read_catalogue(folder, LANGUAGES[i], &letters->catalogues[i]);
	if (error) {
		mailer_letters_free(letters);
		return error;
	}
	*ret_letters = letters;
	return XICA_OK;
}

void mailer_letters_free(struct mailer_letters *letters)
{
	if (!letters)
		return;
	for (size_t i = 0; i < LANGUAGE_COUNT; i++)
		letter_catalogue_free(&letters->catalogues[i]);
	arena_free(&letters->arena);
	free(letters);
}

// Ours first: nobody else says what the site is.
static int take_values(const struct mailer_letters *letters, const struct ipc_message *request, struct letter_value values[], size_t *ret_count)
{
	struct view text;
	size_t count = 0;
	values[count++] = (struct letter_value){VIEW_LIT("site"), view_str(letters->config->url)};
	for (size_t n = 0; ipc_message_nth(request, IPC_VALUE, n, &text); n++) {
		size_t at = view_index(text, '=', 0);
		if (at == SIZE_MAX || count == LETTER_VALUES_MAX)
			return XICA_EPARSE;
		values[count++] = (struct letter_value){view_sub(text, 0, at), view_sub(text, at + 1, SIZE_MAX)};
	}
	*ret_count = count;
	return XICA_OK;
}

static size_t choose_language(struct view language)
{
	for (size_t i = 0; i < LANGUAGE_COUNT; i++)
		if (view_equal_str(language, LANGUAGES[i]))
			return i;
	return 0;
}

static int make_id(struct arena *arena, struct view *ret_id)
{
	cleanup_buf id = BUF_INIT;
	uint8_t random[ID_LEN];
	int error = crypto_random(random, sizeof(random));
	if (error)
		return error;
	hex_encode(&id, view_bytes(random, sizeof(random)));
	*ret_id = arena_copy(arena, buf_view(&id));
	return ret_id->ptr ? XICA_OK : XICA_ENOMEM;
}

int mailer_letters_write(const struct mailer_letters *letters, const struct ipc_message *request, struct arena *arena,
			 struct mailer_message *ret_message, struct buf *why)
{
	struct letter_value values[LETTER_VALUES_MAX];
	size_t language = choose_language(ipc_message_bytes(request, IPC_LANGUAGE));
	struct letter letter = {.name = ipc_message_bytes(request, IPC_LETTER), .language = LANGUAGES[language], .from_name = letters->from_name,
		.from = letters->from, .date = clock_now(), .values = values};
	struct buf text = BUF_INIT;
	int error = mail_address_parse(ipc_message_bytes(request, IPC_MAIL_TO), letters->config->lenient_names, arena, &letter.to);
	if (error)
		buf_add_str(why, "the address is none");
	if (!error && (error = take_values(letters, request, values, &letter.value_count)))
		buf_add_str(why, "the values are not such");
	if (!error)
		error = make_id(arena, &letter.id);
	if (!error)
		error = letter_compose(&letters->catalogues[language], &letter, &text, why);
	if (error) {
		buf_free(&text);
		return error;
	}
	*ret_message = (struct mailer_message){letters->from, letter.to, text};
	return XICA_OK;
}
