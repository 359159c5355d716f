// Progress: one line at a time, to whoever runs the program.
#pragma once

struct client_tell {
	void (*line)(const char *line, void *context); // NULL: nobody listens
	void *context;
};

[[gnu::format(printf, 2, 3)]] void client_tell(const struct client_tell *tell, const char *format, ...);
