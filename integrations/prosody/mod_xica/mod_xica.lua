-- mod_xica: certificates for the hosts of this server by ACME, proven by the server itself (xmpp-01, docs/acme-xmpp.md).
--
-- * While `xica get` proves a host, shows the proof in the features of the host's encrypted streams.
-- * prosodyctl mod_xica get|status|renew
-- * Ad-hoc commands for admins: "Get a certificate", "Certificate status".
-- * Runs `xica renew` once a day.
--
-- All of ACME is done by the program `xica`; this module knows none of it.

module:set_global();

local add_filter = require "util.filters".add_filter;
local adhoc = require "util.adhoc";
local adhoc_new = module:require "adhoc".new;
local dataforms = require "util.dataforms";
local st = require "util.stanza";

local challenges = module:require "challenges";
local certificates = module:require "certificates";
local jobs = module:require "jobs";

local XMLNS = "urn:xica:acme:0";

local folder = module:get_option_path("xica_challenges", "/run/xica/challenges");
local program = module:get_option_array("xica_program", { "xica" });
local server = module:get_option_string("xica_server");
local config_dir = module:get_option_string("xica_config_dir");
local get_options = module:get_option_array("xica_get_options", {});
local renews = module:get_option_boolean("xica_renew", true);
local renew_interval = module:get_option_number("xica_renew_interval", 24 * 60 * 60);
local secure_auth = module:get_option_boolean("s2s_secure_auth", false);

-- --- xmpp-01

local attached = {};

-- Shows proofs in the streams of one host, from clients and from servers. The hooks last as long as `api`, a module's.
local function attach(api, host)
	if attached[host] then return; end
	attached[host] = true;
	local function show(event)
		if not event.origin.secure then return; end
		for _, proof in ipairs(challenges.shown(folder, host)) do
			event.features:tag("acme", { xmlns = XMLNS, token = proof[1] }):text(proof[2]):up();
		end
	end
	api:hook("stream-features", show);
	api:hook("s2s-stream-features", show);
end

-- Components have no list of modules of their own in most configurations, and are served wherever the module is.
local function attach_component(host)
	if prosody.hosts[host] and prosody.hosts[host].type == "component" then attach(module:context(host), host); end
end

for host in pairs(prosody.hosts) do attach_component(host); end
module:hook("host-activated", attach_component);
module:hook("host-deactivated", function (host) attached[host] = nil; end);

-- The CA's validator names no `from` and has no certificate. With s2s_secure_auth Prosody ends such a stream before its features. While there is
-- something to prove, it gets its features and nothing more: whatever it says after them ends the stream, so nobody comes in by this.
module:hook("s2s-check-certificate", function (event)
	local session = event.session;
	if not secure_auth or event.host or session.direction ~= "incoming" or not session.to_host then return; end
	if not attached[session.to_host] or #challenges.shown(folder, session.to_host) == 0 then return; end
	session.log("debug", "Nobody known asks for the proof of %s: gets the stream features and nothing else", session.to_host);
	add_filter(session, "stanzas/in", function ()
		session:close({ condition = "not-authorized", text = "This stream has features only" });
		return nil;
	end, 1000);
	return true;
end);

-- --- the program

-- The words of a command line of xica. A list in a list stands for its words, and an option without a value for none.
local function command_line(...)
	local line = {};
	local function add(list)
		for _, word in ipairs(list) do
			if type(word) == "table" then add(word); else line[#line + 1] = word; end
		end
	end
	add({ program, ... });
	add(config_dir and { "--config-dir", config_dir } or {});
	return line;
end

local function get_line(names)
	return command_line("get", names, "--no-timer", "--proof", "xmpp", "--challenges", folder, "--server-config", prosody.config_file,
		server and { "--server", server } or {}, get_options);
end

-- The served hosts in alphabetical order; with `top`, this host and those below it alone.
local function hosts(top)
	local list = {};
	for host in pairs(prosody.hosts) do
		local wanted = not top or host == top or host:sub(-#top - 1) == "." .. top;
		if wanted and host ~= "*" then list[#list + 1] = host; end
	end
	table.sort(list);
	return list;
end

local last_said = {};  -- by host: how the last job that its admin began ended, for "Certificate status"

local function ended(what, worked, text)
	module:log(worked and "info" or "error", "%s: %s", what, worked and "worked" or text);
end

-- Gets a certificate for `names`, as an admin of `top` wants it; on_end(worked, text).
local function get(top, names, on_end)
	local what = "certificate for " .. table.concat(names, ", ");
	return jobs.start(get_line(names), function (worked, text)
		ended(what, worked, text);
		last_said[top] = ("%s, %s: %s"):format(os.date("!%Y-%m-%d %H:%M UTC"), what, worked and "worked" or "failed: " .. text:gsub("%s+$", ""));
		if worked then prosody.reload_config(); end
		on_end(worked, text);
	end);
end

local function serials()
	local list = {};
	for i, host in ipairs(hosts()) do list[i] = certificates.of(host).serial or ""; end
	return table.concat(list, " ");
end

local function renew()
	local before = serials();
	jobs.start(command_line("renew"), function (worked, text)
		ended("renewal", worked, text);
		if serials() ~= before then prosody.reload_config(); end
	end);
end

if renews and prosody.process_type ~= "prosodyctl" then
	-- Neither all servers of the world at once nor this one always at the same time.
	module:add_timer(renew_interval * 0.25 * math.random(), function ()
		renew();
		return renew_interval * (0.75 + 0.5 * math.random());
	end);
end

-- --- ad-hoc commands (XEP-0050)

local function status_command(top)
	return function ()
		local layout, values = { title = "Certificates" }, {};
		for _, host in ipairs(hosts(top)) do
			layout[#layout + 1] = { name = host, type = "text-single", label = host };
			values[host] = certificates.in_words(certificates.of(host), os.time());
		end
		local reply = { status = "completed", result = { layout = dataforms.new(layout), values = values } };
		reply.info = last_said[top];
		return reply;
	end
end

-- The hosts that were chosen, of those that there are to choose from.
local function chosen(top, wanted)
	local known, list = {}, {};
	for _, host in ipairs(hosts(top)) do known[host] = true; end
	for _, host in ipairs(wanted or {}) do
		if known[host] then list[#list + 1] = host; end
	end
	return list;
end

local function get_command(top)
	local layout = dataforms.new({
		title = "Get a certificate";
		instructions = "The certificate is for all hosts that you choose. Their SRV records must lead to this server.";
		{ name = "FORM_TYPE", type = "hidden", value = "http://jabber.org/protocol/admin" };
		{ name = "hosts", type = "list-multi", label = "Hosts", required = true };
	});
	local function initial()
		local options = {};
		for i, host in ipairs(hosts(top)) do options[i] = { label = host, value = host, default = true }; end
		return { hosts = options };
	end
	return adhoc.new_initial_data_form(layout, initial, function (fields, problem, data)
		local names = chosen(top, not problem and fields.hosts);
		if #names == 0 then return { status = "completed", error = { message = "Choose a host" } }; end
		local started, why = get(top, names, function (worked, text)
			local body = worked and "There is a new certificate for %s." or "There is no new certificate for %s:";
			body = body:format(table.concat(names, ", ")) .. (worked and "" or "\n" .. text:gsub("%s+$", ""));
			module:send(st.message({ to = data.from, from = top, type = "chat" }):text_tag("body", body));
		end);
		if not started then return { status = "completed", error = { message = why } }; end
		return { status = "completed", info = "Begun. A message will tell you how it ends." };
	end);
end

function module.add_host(host_module)
	attach(host_module, host_module.host);
	function host_module.unload() attached[host_module.host] = nil; end
	host_module:provides("adhoc", adhoc_new("Get a certificate", XMLNS .. "#get", get_command(host_module.host), "admin"));
	host_module:provides("adhoc", adhoc_new("Certificate status", XMLNS .. "#status", status_command(host_module.host), "admin"));
end

-- --- prosodyctl mod_xica

local USAGE = "Usage: prosodyctl mod_xica get [HOST...] | status | renew";

local function print_status()
	for _, host in ipairs(hosts()) do
		print(host, certificates.in_words(certificates.of(host), os.time()));
	end
	return 0;
end

function module.command(arg)
	local verb = table.remove(arg, 1);
	if verb == "status" then
		return print_status();
	elseif verb == "renew" then
		return jobs.run(command_line("renew"));
	elseif verb == "get" then
		return jobs.run(get_line(#arg > 0 and arg or hosts()));
	end
	print(USAGE);
	return 1;
end
