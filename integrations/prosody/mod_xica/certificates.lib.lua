-- Which certificate Prosody has for a host, and what it is good for.

local certmanager = require "core.certmanager";
local configmanager = require "core.configmanager";
local datetime = require "util.datetime";
local load_certificate = require "ssl".loadcertificate;
local resolve_path = require "util.paths".resolve_relative_path;
local verify_identity = require "util.x509".verify_identity;

local MONTHS = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12 };
local DAY = 86400;

-- OpenSSL's "Nov  3 04:05:06 2026 GMT" as seconds since 1970.
local function seconds(text)
	local month, day, time, year = text:match("^(%a+) +(%d+) ([%d:]+) (%d+) GMT$");
	return month and datetime.parse(("%04d-%02d-%02dT%sZ"):format(tonumber(year), MONTHS[month], tonumber(day), time)) or nil;
end

local function name_of(entries)
	local parts = {};
	for _, entry in ipairs(entries) do
		parts[entry.name or entry.oid] = entry.value;
	end
	return parts.commonName or parts.organizationName or "(no name)";
end

-- The path of the certificate that Prosody takes for `host`, as its own rules find it, or nil.
local function path_of(host)
	local options = configmanager.get(host, "ssl");
	if type(options) == "table" and options.certificate then
		return resolve_path(prosody.paths.config or ".", options.certificate);
	end
	local found = certmanager.find_host_cert(host);
	return found and found.certificate;
end

-- { host, path, issuer, ends (seconds since 1970), serial, self_signed, fits (it is for this host) }; without `path` there is none,
-- without `ends` it can't be read.
local function of(host)
	local result = { host = host, path = path_of(host) };
	local file = result.path and io.open(result.path);
	if not file then return result; end
	local certificate = load_certificate(file:read("*a"));
	file:close();
	if not certificate then return result; end
	result.issuer = name_of(certificate:issuer());
	result.self_signed = certificate:issued(certificate) and true or false;
	result.ends = seconds(certificate:notafter());
	result.serial = certificate:serial();
	result.fits = verify_identity(host, "xmpp-server", certificate);
	return result;
end

-- The same in words, for a person.
local function in_words(about, now)
	if not about.path then return "no certificate"; end
	if not about.ends then return "can't be read: " .. about.path; end
	local days = math.floor((about.ends - now) / DAY);
	local term = ("%s %s (%d days)"):format(days < 0 and "expired" or "until", datetime.date(about.ends), days);
	local issuer = about.self_signed and "self-signed" or "issued by " .. about.issuer;
	return term .. ", " .. issuer .. (about.fits and "" or ", but for another name");
end

return { of = of, in_words = in_words };
