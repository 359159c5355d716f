-- The challenge folder: what `xica get` wants shown, one file a token (docs/acme-xmpp.md).
--
-- A file is named by its token. Its first line is the domain in lower-case A-labels, its second line the key authorization,
-- which is the token, a dot and the account key's thumbprint (RFC 8555 §8.1). Whatever in the folder isn't exactly that is passed over,
-- so nothing else that may lie there, or that a link there may lead to, can ever get into a stream.

local lfs = require "lfs";
local to_ascii = require "util.encodings".idna.to_ascii;

local MAX_FILES_LOOKED_AT = 1000;
local MAX_SHOWN = 50;          -- of one domain: below the 64 KiB that the validator reads of a stream
local MAX_FILE_BYTES = 1024;
local MAX_TOKEN_BYTES = 128;
local THUMBPRINT_BYTES = 43;   -- of SHA-256, in base64url

local function is_base64url(text)
	return text:find("^[A-Za-z0-9_-]+$") ~= nil;
end

-- The text of a regular file of bounded size, or nil.
local function read_small(path)
	local about = lfs.symlinkattributes(path);
	if not about or about.mode ~= "file" or about.size > MAX_FILE_BYTES then return nil; end
	local file = io.open(path, "rb");
	if not file then return nil; end
	local text = file:read(MAX_FILE_BYTES + 1);
	file:close();
	return text and #text <= MAX_FILE_BYTES and text or nil;
end

-- The key authorization in the file of `token`, when it is for `domain`; else nil.
local function key_authorization(folder, token, domain)
	local text = read_small(folder .. "/" .. token);
	local first, second = (text or ""):match("^([^\n]+)\n([^\n]+)\n?$");
	if first ~= domain or second:sub(1, #token + 1) ~= token .. "." then return nil; end
	local thumbprint = second:sub(#token + 2);
	if #thumbprint ~= THUMBPRINT_BYTES or not is_base64url(thumbprint) then return nil; end
	return second;
end

-- What is to be shown in the streams of `host` (as Prosody writes it): a list of { token, key_authorization }, mostly empty.
local function shown(folder, host)
	local found = {};
	local domain = to_ascii(host);
	local readable, next_name, state = pcall(lfs.dir, folder);
	if not domain or not readable then return found; end
	domain = domain:lower();
	for _ = 1, MAX_FILES_LOOKED_AT do
		local name = next_name(state);
		if not name or #found == MAX_SHOWN then break; end
		if #name <= MAX_TOKEN_BYTES and is_base64url(name) then
			local whole = key_authorization(folder, name, domain);
			if whole then found[#found + 1] = { name, whole }; end
		end
	end
	return found;
end

return { shown = shown };
