-- Runs the program `xica` beside the server. Prosody's event loop knows of no children, so a job is detached: it writes what it says into
-- files of Prosody's data folder, the last of them its exit status, and a timer looks for that.

local lfs = require "lfs";
local random_id = require "util.id".short;

local LOOK_EVERY = 1;       -- seconds
local PATIENCE = 20 * 60;   -- seconds; a CA that lets wait for longer is asked again by the next renewal
local MAX_OUTPUT = 4096;

-- A child would hold Prosody's sockets open, ports among them, as long as it runs. Only bash can close those above 9.
local CLOSE_ALL = 'for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd>&-"; done; ';

local folder = prosody.paths.data .. "/xica";

-- A word for the shell.
local function quoted(word)
	return "'" .. word:gsub("'", "'\\''") .. "'";
end

local function command_line(words)
	local line = {};
	for i, word in ipairs(words) do line[i] = quoted(word); end
	return table.concat(line, " ");
end

-- The end of a file, or "".
local function tail(path)
	local file = io.open(path, "rb");
	if not file then return ""; end
	local size = file:seek("end");
	file:seek("set", math.max(0, size - MAX_OUTPUT));
	local text = file:read("*a");
	file:close();
	return text;
end

local function collect(stem, status, on_end)
	local said, complained = tail(stem .. ".out"), tail(stem .. ".err");
	for _, suffix in ipairs({ ".out", ".err", ".status" }) do os.remove(stem .. suffix); end
	on_end(status == 0, status == 0 and said or (complained ~= "" and complained or said));
end

-- Starts words[1] with the rest as arguments; on_end(worked, text) is called once it has ended. Returns nil and why when it can't be started.
local function start(words, on_end)
	lfs.mkdir(folder);
	local stem = folder .. "/job-" .. random_id():gsub("[^A-Za-z0-9]", "x");
	local script = CLOSE_ALL .. ("%s >%s 2>%s; echo $? >%s"):format(command_line(words), quoted(stem .. ".out"), quoted(stem .. ".err"), quoted(stem .. ".status"));
	local started = os.execute("setsid bash -c " .. quoted(script) .. " </dev/null >/dev/null 2>&1 &");
	if started ~= true and started ~= 0 then return nil, "no shell can be started"; end
	local until_when = os.time() + PATIENCE;
	module:add_timer(LOOK_EVERY, function ()
		local status = tail(stem .. ".status"):match("^(%d+)\n");
		if status then
			collect(stem, tonumber(status), on_end);
		elseif os.time() > until_when then
			collect(stem, -1, on_end);
		else
			return LOOK_EVERY;
		end
	end);
	return true;
end

-- Runs it in the foreground, on the caller's terminal; returns its exit status.
local function run(words)
	local worked, _, status = os.execute(command_line(words));
	if type(worked) == "number" then return worked == 0 and 0 or 1; end  -- Lua 5.1
	return worked and 0 or status or 1;
end

return { start = start, run = run };
