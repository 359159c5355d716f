// What the configuration files of XMPP servers say of hosts and certificates.
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "client/server.h"
#include "client/server_prosody.h"

static char folder[] = "/tmp/xica-test-server-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(file_replace(path, 0600, view_str(text)), 0);
}

static int read_file(const char *name, struct client_server *server)
{
	char path[256];
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return client_server_read(path, server, &trouble);
}

// "a b c"
static void assert_hosts(const struct client_server *server, const char *wanted)
{
	cleanup_buf is = BUF_INIT;
	for (size_t i = 0; i < server->host_count; i++)
		buf_addf(&is, "%s%s", i ? " " : "", server->hosts[i].name);
	assert_view(buf_view(&is), wanted);
}

static void read_lua(const char *text, struct client_server *server)
{
	server->kind = &client_server_prosody;
	server->config = "/etc/prosody/prosody.cfg.lua";
	client_prosody_read_text(server, view_str(text), NULL, 0);
}

static void hosts_are_those_of_virtual_host_and_component(void **state)
{
	static const struct {
		const char *text, *hosts;
	} CASES[] = {
		{"VirtualHost \"a.example\"\nVirtualHost 'b.example'", "a.example b.example"},
		{"VirtualHost(\"a.example\") VirtualHost [[b.example]] Component[==[c.example]==]'muc'", "a.example b.example c.example"},
		{"Component \"conference.a.example\" \"muc\"\n  modules_enabled = { \"muc_mam\" }", "conference.a.example"},
		{"-- VirtualHost \"a.example\"\n--[[ VirtualHost \"b.example\"\n]] VirtualHost \"c.example\"", "c.example"},
		{"--[==[ ]] VirtualHost \"a.example\" ]==] VirtualHost \"b.example\"", "b.example"},
		{"x = \"VirtualHost 'a.example'\" VirtualHost \"b.example\"", "b.example"},
		{"x = { VirtualHost \"a.example\" } VirtualHost \"b.example\"", "b.example"},
		{"VirtualHost \"a.example\"\n  enabled = false -- not yet\nVirtualHost \"b.example\" enabled = true", "b.example"},
		{"VirtualHost \"a.example\" VirtualHost \"A.example\"", "a.example"},
		{"VirtualHost(os.getenv(\"DOMAIN\")) VirtualHost \"a.example\";", "a.example"},
		{"VirtualHost \"b\\\"x\"", "b\"x"},
		{"VirtualHost \"a.example", ""},
		{"VirtualHost \"\" Host \"old.example\"", "old.example"},
		{"", ""},
		{"}}}} VirtualHost \"a.example\"", "a.example"},
		{"--[[ VirtualHost \"a.example\"", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		cleanup_server server = CLIENT_SERVER_INIT;
		read_lua(CASES[i].text, &server);
		assert_hosts(&server, CASES[i].hosts);
	}
}

static void a_server_with_the_module_in_its_global_section_shows_proofs(void **state)
{
	static const struct {
		const char *text, *folder;
	} CASES[] = {
		{"modules_enabled = { \"tls\"; \"xica\" }\nVirtualHost \"a.example\"", "/run/xica/challenges"},
		{"xica_challenges = '/srv/shown' modules_enabled = {'xica'}", "/srv/shown"},
		{"modules_enabled = { \"tls\", -- \"xica\"\n }", NULL},
		{"VirtualHost \"a.example\" modules_enabled = { \"xica\" }", NULL},
		{"xica_challenges = \"/srv/shown\"", NULL},
		{"modules_disabled = { \"xica\" }", NULL},
		{"modules_enabled = { \"xica\"", "/run/xica/challenges"},
		{"modules_enabled = more", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		cleanup_server server = CLIENT_SERVER_INIT;
		read_lua(CASES[i].text, &server);
		assert_int_equal(server.challenges != NULL, CASES[i].folder != NULL);
		if (CASES[i].folder)
			assert_string_equal(server.challenges, CASES[i].folder);
	}
}

static void ejabberd_with_the_module_shows_proofs(void **state)
{
	cleanup_server with = CLIENT_SERVER_INIT, where = CLIENT_SERVER_INIT, without = CLIENT_SERVER_INIT;
	(void)state;
	write_file("ejabberd.yml", "hosts: [a.example]\nmodules:\n  mod_xica: {}\n");
	assert_int_equal(read_file("ejabberd.yml", &with), 0);
	assert_string_equal(with.challenges, "/run/xica/challenges");
	write_file("ejabberd.yml", "hosts: [a.example]\nmodules:\n  mod_xica:\n    challenges: /srv/shown\n");
	assert_int_equal(read_file("ejabberd.yml", &where), 0);
	assert_string_equal(where.challenges, "/srv/shown");
	write_file("ejabberd.yml", "hosts: [a.example]\nmodules:\n  mod_roster: {}\n");
	assert_int_equal(read_file("ejabberd.yml", &without), 0);
	assert_null(without.challenges);
}

static void the_certificates_folder_is_the_global_sections(void **state)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	(void)state;
	read_lua("certificates = \"mine\"\nVirtualHost \"a.example\"\ncertificates = \"other\"", &server);
	assert_int_equal(server.file_count, 1);
	assert_string_equal(server.files[0], "/etc/prosody/mine");
}

static void included_files_are_read_and_an_endless_circle_ends(void **state)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	(void)state;
	write_file("prosody.cfg.lua", "VirtualHost \"a.example\" Include \"*.inc.lua\"");
	write_file("1.inc.lua", "VirtualHost \"b.example\" Include \"prosody.cfg.lua\"");
	assert_int_equal(read_file("prosody.cfg.lua", &server), 0);
	assert_hosts(&server, "a.example b.example");
}

static void ejabberds_modules_have_hosts_below_each_of_its_own(void **state)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	(void)state;
	write_file("ejabberd.yml", "hosts:\n- a.example\n- \"b.example\"\ncertfiles: ['/x/*.pem', own.pem]\nmodules:\n  mod_muc: {host: 'rooms.@HOST@'}\n"
				   "  mod_pubsub: {hosts: [news.example]}\n  mod_http_upload: {}\n  mod_roster: {}\n");
	assert_int_equal(read_file("ejabberd.yml", &server), 0);
	assert_hosts(&server, "a.example b.example rooms.a.example rooms.b.example news.example upload.a.example upload.b.example");
	assert_int_equal(server.file_count, 2);
	assert_string_equal(server.files[0], "/x/*.pem");
}

static void yaml_that_is_none_is_an_error_and_so_is_a_missing_file(void **state)
{
	static const char *const BROKEN[] = {"hosts: [", "a: b: c: [", "\t- x\n\t\ty: {", "*nowhere"};
	(void)state;
	for (size_t i = 0; i < sizeof(BROKEN) / sizeof(BROKEN[0]); i++) {
		cleanup_server server = CLIENT_SERVER_INIT;
		write_file("ejabberd.yml", BROKEN[i]);
		assert_int_equal(read_file("ejabberd.yml", &server), XICA_EPARSE);
	}
	cleanup_server server = CLIENT_SERVER_INIT;
	assert_int_equal(read_file("no-ejabberd.yml", &server), XICA_ENOTFOUND);
	assert_int_equal(read_file("unknown.conf", &server), XICA_ENOTFOUND);
}

static void yaml_of_another_shape_has_no_hosts(void **state)
{
	static const char *const ODD[] = {"", "[]", "hosts: {a: b}", "hosts: [[a.example]]", "- hosts", "hosts:", "modules: []\nhosts: []", "modules: {mod_muc: x}"};
	(void)state;
	for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
		cleanup_server server = CLIENT_SERVER_INIT;
		write_file("ejabberd.yml", ODD[i]);
		assert_int_equal(read_file("ejabberd.yml", &server), 0);
		assert_hosts(&server, "");
	}
}

static void jabberd2s_hosts_have_files_of_their_own(void **state)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	(void)state;
	write_file("c2s.xml", "<c2s><id>c2s</id><local><id pemfile='/a.pem'> a.example\n</id><!--<id>no.example</id>--><id>b.example</id></local></c2s>");
	assert_int_equal(read_file("c2s.xml", &server), 0);
	assert_hosts(&server, "a.example b.example");
	assert_string_equal(server.hosts[0].file, "/a.pem");
	assert_null(server.hosts[1].file);
}

static void xml_with_a_document_type_is_refused(void **state)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	(void)state;
	write_file("c2s.xml", "<!DOCTYPE c2s [<!ENTITY a 'x'>]><c2s><local><id>&a;</id></local></c2s>");
	assert_int_equal(read_file("c2s.xml", &server), XICA_EPARSE);
}

static void mongooseims_hosts_may_stand_on_several_lines(void **state)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	(void)state;
	write_file("mongooseim.toml", "[general]\n# hosts = [\"no.example\"]\nhosts = [\"a.example\", # one\n 'b.example']\ndefault_server_domain = \"c.example\"\n"
				      "[[listen.c2s]]\ntls.certfile = \"/c2s.crt\"\ntls.cacertfile = \"/ca\"\n[s2s]\ncertfile = \"/s2s.crt\"\nkeyfile = \"/s2s.key\"\n");
	assert_int_equal(read_file("mongooseim.toml", &server), 0);
	assert_hosts(&server, "a.example b.example");
	assert_int_equal(server.file_count, 2);
	assert_string_equal(server.files[0], "/s2s.crt");
	assert_string_equal(server.files[1], "/s2s.key");
}

static void hosts_below_another_go_into_its_certificate_and_no_localhost_into_any(void **state)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	struct client_proposal *list;
	size_t count;
	(void)state;
	read_lua("VirtualHost 'localhost' VirtualHost 'rooms.localhost' Component 'muc.b.example' 'muc' VirtualHost 'b.example' VirtualHost 'a.example' "
		 "VirtualHost 'xb.example' VirtualHost '192.0.2.1' VirtualHost 'm\xc3\xbc.example'", &server);
	assert_int_equal(client_server_propose(&server, &server.arena, &list, &count), 0);
	assert_int_equal(count, 4);
	assert_string_equal(list[0].names[0], "b.example");
	assert_int_equal(list[0].count, 2);
	assert_string_equal(list[0].names[1], "muc.b.example");
	assert_string_equal(list[1].names[0], "a.example");
	assert_string_equal(list[2].names[0], "xb.example");
	assert_string_equal(list[3].names[0], "xn--m-eha.example");
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int delete_folder(void **state)
{
	static const char *const NAMES[] = {"prosody.cfg.lua", "1.inc.lua", "ejabberd.yml", "c2s.xml", "mongooseim.toml"};
	(void)state;
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		char path[256];
		(void)snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_those_of_virtual_host_and_component),
		cmocka_unit_test(a_server_with_the_module_in_its_global_section_shows_proofs),
		cmocka_unit_test(ejabberd_with_the_module_shows_proofs),
		cmocka_unit_test(the_certificates_folder_is_the_global_sections),
		cmocka_unit_test(included_files_are_read_and_an_endless_circle_ends),
		cmocka_unit_test(ejabberds_modules_have_hosts_below_each_of_its_own),
		cmocka_unit_test(yaml_that_is_none_is_an_error_and_so_is_a_missing_file),
		cmocka_unit_test(yaml_of_another_shape_has_no_hosts),
		cmocka_unit_test(jabberd2s_hosts_have_files_of_their_own),
		cmocka_unit_test(xml_with_a_document_type_is_refused),
		cmocka_unit_test(mongooseims_hosts_may_stand_on_several_lines),
		cmocka_unit_test(hosts_below_another_go_into_its_certificate_and_no_localhost_into_any),
	};
	return cmocka_run_group_tests(tests, make_folder, delete_folder);
}
